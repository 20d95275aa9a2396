-- lose_calcom_booking: a booking is gone from the calendar; the row stays, and seen_at says when it was there last.
UPDATE consistency_calcom_bookings
SET
    status = 'other',
    unreadable = NULL,
    changed_at = :now
WHERE
    company_id = :company_id
    AND calcom_uid = :calcom_uid
