-- changed_customers: customers changed since the watermark.
-- The caller removes doubles: UNION ALL streams where UNION would read everything twice.
SELECT u.id
FROM customers AS u
WHERE u.consistency_changed_at >= :since
UNION ALL
SELECT o.entity_id
FROM consistency_corrections AS o
WHERE
    o.table_name = 'customers'
    AND (o.applied_at >= :since OR o.undone_at >= :since)
