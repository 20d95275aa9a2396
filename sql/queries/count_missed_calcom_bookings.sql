-- count_missed_calcom_bookings: bookings that were not there when they were looked up, and wait for their second look.
SELECT COUNT(*) AS waiting
FROM consistency_calcom_absences AS absence
INNER JOIN consistency_calcom_bookings AS b
    ON absence.company_id = b.company_id AND absence.calcom_uid = b.calcom_uid
WHERE
    absence.company_id = :company_id
    AND IS_BOOKED_IN_CALENDAR(b.status)
    AND b.seen_at < :begun_at
