-- changed_customers: customers changed since the watermark.
SELECT u.id
FROM customers AS u
WHERE u.consistency_changed_at >= :since
UNION
SELECT o.entity_id
FROM consistency_corrections AS o
WHERE
    o.table_name = 'customers'
    AND (o.applied_at >= :since OR o.undone_at >= :since)
