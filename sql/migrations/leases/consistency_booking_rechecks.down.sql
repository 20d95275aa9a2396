-- consistency_booking_rechecks: without leases; of two who look, the settling of one counts.
ALTER TABLE consistency_booking_rechecks
DROP COLUMN lease_token,
DROP COLUMN lease_until;
