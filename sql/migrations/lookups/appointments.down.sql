-- appointments: take the lookups away again.
ALTER TABLE appointments
DROP INDEX consistency_staff_index,
DROP INDEX consistency_customer_index,
DROP COLUMN consistency_slot;
