-- 0006_calcom_bookings: take the mirror away again.
DROP TABLE IF EXISTS consistency_calcom_bookings;
