-- consistency_calcom_bookings: as it was before; rows that could not be read are none then.
DELETE FROM consistency_calcom_bookings
WHERE starts_at IS NULL OR ends_at IS NULL;

ALTER TABLE consistency_calcom_bookings
DROP KEY consistency_calcom_bookings_seats,
DROP KEY consistency_calcom_bookings_series,
DROP KEY consistency_calcom_bookings_root,
DROP KEY consistency_calcom_bookings_to,
DROP KEY consistency_calcom_bookings_unreadable,
DROP COLUMN seat_calls,
DROP COLUMN is_seated,
DROP COLUMN recurring_uid,
DROP COLUMN root_uid,
DROP COLUMN unreadable,
MODIFY COLUMN starts_at DATETIME(6) NOT NULL,
MODIFY COLUMN ends_at DATETIME(6) NOT NULL;
