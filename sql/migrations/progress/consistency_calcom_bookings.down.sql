-- consistency_calcom_bookings: take the way away again.
ALTER TABLE consistency_calcom_bookings
DROP INDEX consistency_calcom_bookings_start;
