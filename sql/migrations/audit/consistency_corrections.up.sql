-- consistency_corrections: by what right a row was changed; what was taken back stands in a table of its own, so that the
-- audit is never updated.
INSERT IGNORE INTO consistency_undos (correction_id, run_id, undone_at, undone_by)
SELECT id, COALESCE(undo_run_id, ''), undone_at, COALESCE(undone_by, '')
FROM consistency_corrections
WHERE undone_at IS NOT NULL;

ALTER TABLE consistency_corrections
ADD COLUMN authority VARCHAR(12) NOT NULL DEFAULT 'automatic' AFTER evidence,
DROP KEY consistency_corrections_undone,
DROP COLUMN undone_at,
DROP COLUMN undone_by,
DROP COLUMN undo_run_id;
