-- appointments: an invisible, computed eight-hour slot of the start, and the ways by it to what else a member of staff, or
-- a customer, has at that time. An index range cannot be bounded by another row; an equal slot can.
-- How a slot is computed depends on the type of its time, so that it never depends on a session's zone.
ALTER TABLE appointments
ADD COLUMN consistency_slot INT GENERATED ALWAYS AS (SLOT(starts_at)) VIRTUAL INVISIBLE;

ALTER TABLE appointments
ADD INDEX consistency_staff_index (staff_id, consistency_slot, starts_at, ends_at);

ALTER TABLE appointments
ADD INDEX consistency_customer_index (customer_id, consistency_slot, starts_at, ends_at);
