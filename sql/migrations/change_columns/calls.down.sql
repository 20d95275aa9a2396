-- calls: take the change time away again.
ALTER TABLE calls
DROP INDEX consistency_changed_at_index,
DROP COLUMN consistency_changed_at;
