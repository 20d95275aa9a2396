-- consistency_calcom_bookings: rows that could not be read stand beside the others, by their ids and the field that could
-- not be read; and what links bookings with each other, so that a chain of moves is one thing.
ALTER TABLE consistency_calcom_bookings
MODIFY COLUMN starts_at DATETIME(6) NULL,
MODIFY COLUMN ends_at DATETIME(6) NULL,
ADD COLUMN unreadable VARCHAR(40) NULL,
ADD COLUMN root_uid VARCHAR(100) NULL,
ADD COLUMN recurring_uid VARCHAR(100) NULL,
ADD COLUMN is_seated TINYINT(1) NOT NULL DEFAULT 0,
ADD COLUMN seat_calls TEXT NULL,
ADD KEY consistency_calcom_bookings_unreadable (company_id, unreadable),
ADD KEY consistency_calcom_bookings_to (company_id, rescheduled_to_uid),
ADD KEY consistency_calcom_bookings_root (company_id, root_uid),
ADD KEY consistency_calcom_bookings_series (company_id, recurring_uid),
ADD KEY consistency_calcom_bookings_seats (company_id, is_seated);
