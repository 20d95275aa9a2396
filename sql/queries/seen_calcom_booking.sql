-- seen_calcom_booking: a booking that this reading has shown, to try whether bookings can be read by their uid at all.
SELECT b.calcom_uid
FROM consistency_calcom_bookings AS b
WHERE
    b.company_id = :company_id
    AND b.seen_at >= :begun_at
    AND b.unreadable IS NULL
ORDER BY b.seen_at DESC
LIMIT 1
