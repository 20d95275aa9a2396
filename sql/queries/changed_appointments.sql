-- changed_appointments: appointments to be read anew because of rows that no key of theirs ties to them: what the calendar
-- says, and what may have held a booking for a void one.
-- MariaDB looks for an expression that is NULL among all keys that are NULL; what may be NULL is asked first.
-- follows: uid_booking, number_booking, booking, copied_uid, copied_number, reading, riddle, of_series, seats_uid, seats_number, void_uid, void_number
SELECT a.id
FROM consistency_calcom_bookings AS b
INNER JOIN appointments AS a ON b.calcom_id = a.calcom_booking_id
WHERE b.changed_at >= :since
UNION ALL
SELECT a.id
FROM consistency_calcom_bookings AS b
INNER JOIN appointments AS a ON a.calcom_v2_booking_uid = b.calcom_uid COLLATE utf8mb4_unicode_ci
WHERE b.changed_at >= :since
UNION ALL
SELECT a.id
FROM consistency_calcom_bookings AS b
INNER JOIN appointments AS a ON a.calcom_v2_booking_id = b.calcom_uid COLLATE utf8mb4_unicode_ci
WHERE b.changed_at >= :since
UNION ALL
SELECT a.id
FROM consistency_calcom_bookings AS b
INNER JOIN appointments AS a ON a.calcom_v2_booking_id = CONCAT(b.calcom_id) COLLATE utf8mb4_unicode_ci
WHERE b.changed_at >= :since AND b.calcom_id IS NOT NULL
UNION ALL
SELECT a.id
FROM consistency_calcom_bookings AS b
INNER JOIN appointments AS a ON a.consistency_older_uid = b.calcom_uid COLLATE utf8mb4_unicode_ci
WHERE b.changed_at >= :since
UNION ALL
SELECT a.id
FROM consistency_calcom_bookings AS b
INNER JOIN appointments AS a ON a.consistency_external_id = b.calcom_uid COLLATE utf8mb4_unicode_ci
WHERE b.changed_at >= :since
UNION ALL
SELECT a.id
FROM consistency_calcom_bookings AS b
INNER JOIN appointments AS a ON a.consistency_external_id = CONCAT(b.calcom_id) COLLATE utf8mb4_unicode_ci
WHERE b.changed_at >= :since AND b.calcom_id IS NOT NULL
UNION ALL
SELECT a.id
FROM consistency_calcom_bookings AS b
INNER JOIN appointments AS a ON a.calcom_v2_booking_uid = b.recurring_uid COLLATE utf8mb4_unicode_ci
WHERE b.changed_at >= :since AND b.recurring_uid IS NOT NULL
UNION ALL
SELECT STRAIGHT_JOIN a.id
FROM consistency_heartbeats AS h
INNER JOIN appointments AS a
    ON a.company_id = CAST(SUBSTRING(h.name, 8) AS UNSIGNED) AND a.starts_at > :now
WHERE
    h.name LIKE 'calcom:%'
    AND h.seen_at >= :since
UNION ALL
SELECT a.id
FROM appointments AS x
INNER JOIN appointments AS a ON x.calcom_booking_id = a.calcom_booking_id
WHERE x.consistency_changed_at >= :since
UNION ALL
SELECT a.id
FROM appointments AS x
INNER JOIN appointments AS a ON x.calcom_v2_booking_uid = a.calcom_v2_booking_uid
WHERE x.consistency_changed_at >= :since
