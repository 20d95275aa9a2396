-- customers: take the change time away again.
ALTER TABLE customers
DROP INDEX consistency_changed_at_index,
DROP COLUMN consistency_changed_at;
