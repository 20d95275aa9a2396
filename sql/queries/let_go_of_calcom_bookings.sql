-- let_go_of_calcom_bookings: bookings that could not be read and that a complete reading has not shown: gone, like others.
UPDATE consistency_calcom_bookings
SET
    unreadable = NULL,
    changed_at = :now
WHERE
    company_id = :company_id
    AND unreadable IS NOT NULL
    AND seen_at < :begun_at
