-- changed_customers: customers changed since the watermark, and those of changed appointments.
-- The caller removes doubles: UNION ALL streams where UNION would read everything twice.
SELECT u.id
FROM customers AS u
WHERE u.consistency_changed_at >= :since
UNION ALL
SELECT a.customer_id
FROM appointments AS a
WHERE
    a.consistency_changed_at >= :since
    AND a.customer_id IS NOT NULL
UNION ALL
SELECT o.entity_id
FROM consistency_corrections AS o
WHERE
    o.table_name = 'customers'
    AND o.applied_at >= :since
UNION ALL
SELECT o.entity_id
FROM consistency_undos AS u
INNER JOIN consistency_corrections AS o ON u.correction_id = o.id
WHERE
    u.undone_at >= :since
    AND o.table_name = 'customers'
