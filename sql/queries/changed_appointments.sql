-- changed_appointments: appointments changed since the watermark, and those of changed calls and customers.
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
    AND (o.applied_at >= :since OR o.undone_at >= :since)
