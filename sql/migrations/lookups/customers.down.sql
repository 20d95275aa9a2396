-- customers: take the lookup away again.
ALTER TABLE customers
DROP INDEX consistency_phone_index,
DROP COLUMN consistency_phone;
