-- console_corrections: what one run changed, by rule, and how much of it was taken back.
SELECT
    c.rule,
    c.table_name,
    COUNT(*) AS corrections,
    COUNT(u.correction_id) AS undone,
    MIN(c.applied_at) AS first_at,
    MAX(c.applied_at) AS last_at
FROM consistency_corrections AS c
LEFT JOIN consistency_undos AS u ON c.id = u.correction_id
WHERE c.run_id = :run_id
GROUP BY c.rule, c.table_name
ORDER BY c.table_name, c.rule
