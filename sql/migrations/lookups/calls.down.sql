-- calls: take the lookup away again.
ALTER TABLE calls
DROP INDEX consistency_slot_index,
DROP COLUMN consistency_slot;
