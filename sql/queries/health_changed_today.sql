-- health_changed_today: how many rows each rule changed by itself since a time.
SELECT
    c.rule,
    COUNT(*) AS changed
FROM consistency_corrections AS c
WHERE
    c.rule IN :rules
    AND c.authority = 'automatic'
    AND c.applied_at >= :since
GROUP BY c.rule
