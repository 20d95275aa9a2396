-- doubtful_calcom_bookings: bookings that the mirror holds as live and a reading that has come to its end did not show.
-- One that was looked up lately waits for its second look.
SELECT
    b.calcom_uid,
    absence.missed_at
FROM consistency_calcom_bookings AS b
LEFT JOIN consistency_calcom_absences AS absence
    ON b.company_id = absence.company_id AND b.calcom_uid = absence.calcom_uid
WHERE
    b.company_id = :company_id
    AND IS_BOOKED_IN_CALENDAR(b.status)
    AND b.seen_at < :begun_at
    AND b.starts_at >= :lower_at
    AND b.starts_at < :upper_at
    AND (absence.missed_at IS NULL OR absence.missed_at <= :ripe_at)
ORDER BY b.id
LIMIT :limit
