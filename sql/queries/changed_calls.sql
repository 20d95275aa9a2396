-- changed_calls: calls changed since the watermark, and calls referenced by what changed elsewhere.
-- The caller removes doubles: UNION ALL streams where UNION would read everything twice.
SELECT c.id
FROM calls AS c
WHERE c.consistency_changed_at >= :since
UNION ALL
SELECT a.call_id
FROM appointments AS a
WHERE
    a.consistency_changed_at >= :since
    AND a.call_id IS NOT NULL
UNION ALL
SELECT c.id
FROM customers AS u
INNER JOIN calls AS c ON u.id = c.customer_id
WHERE u.consistency_changed_at >= :since
UNION ALL
SELECT p.entity_id
FROM data_consistency_alerts AS p
WHERE
    p.alert_type = 'booking_claim_parked'
    AND p.status = 'parked'
UNION ALL
SELECT o.entity_id
FROM consistency_corrections AS o
WHERE
    o.table_name = 'calls'
    AND o.applied_at >= :since
UNION ALL
SELECT o.entity_id
FROM consistency_undos AS u
INNER JOIN consistency_corrections AS o ON u.correction_id = o.id
WHERE
    u.undone_at >= :since
    AND o.table_name = 'calls'
