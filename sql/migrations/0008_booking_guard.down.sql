-- 0008_booking_guard: take both tables away again.
DROP TABLE IF EXISTS consistency_api_keys;

DROP TABLE IF EXISTS consistency_booking_rechecks;
