-- appointments: the ways to what else a member of staff, or a customer, has at that time; overlaps are looked up, never
-- searched for.
ALTER TABLE appointments
ADD INDEX consistency_staff_index (staff_id, starts_at),
ADD INDEX consistency_customer_index (customer_id, starts_at);
