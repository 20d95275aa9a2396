-- fill_marks: what was taken back is marked in the audit again.
UPDATE consistency_corrections AS c
INNER JOIN consistency_undos AS u ON c.id = u.correction_id
SET
    c.undone_at = u.undone_at,
    c.undone_by = u.undone_by,
    c.undo_run_id = u.run_id;
