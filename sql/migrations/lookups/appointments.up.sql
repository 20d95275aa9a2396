-- appointments: an invisible, computed eight-hour slot of the start, and the ways by it to what else a member of staff, or
-- a customer, has at that time. An index range cannot be bounded by another row; an equal slot can.
ALTER TABLE appointments
ADD COLUMN consistency_slot INT GENERATED ALWAYS AS (UNIX_TIMESTAMP(starts_at) DIV 28800) VIRTUAL INVISIBLE,
ADD INDEX consistency_staff_index (staff_id, consistency_slot, starts_at, ends_at),
ADD INDEX consistency_customer_index (customer_id, consistency_slot, starts_at, ends_at);
