-- changed_appointments: appointments changed since the watermark, and those of changed calls, customers and bookings.
-- The caller removes doubles: UNION ALL streams where UNION would read everything twice.
SELECT a.id
FROM appointments AS a
WHERE a.consistency_changed_at >= :since
UNION ALL
SELECT a.id
FROM calls AS c
INNER JOIN appointments AS a ON c.id = a.call_id
WHERE c.consistency_changed_at >= :since
UNION ALL
SELECT a.id
FROM customers AS u
INNER JOIN appointments AS a ON u.id = a.customer_id
WHERE u.consistency_changed_at >= :since
UNION ALL
SELECT o.entity_id
FROM consistency_corrections AS o
WHERE
    o.table_name = 'appointments'
    AND o.applied_at >= :since
UNION ALL
SELECT o.entity_id
FROM consistency_undos AS u
INNER JOIN consistency_corrections AS o ON u.correction_id = o.id
WHERE
    u.undone_at >= :since
    AND o.table_name = 'appointments'
UNION ALL
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
INNER JOIN appointments AS a
    ON a.calcom_v2_booking_id IN (b.calcom_uid COLLATE utf8mb4_unicode_ci, CONCAT(b.calcom_id))
WHERE b.changed_at >= :since
