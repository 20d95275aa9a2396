-- report_corrections: rows that were changed in the period, by run, rule and company, and how many of the changes still stand.
SELECT
    c.run_id,
    c.rule,
    c.table_name,
    c.company_id,
    COUNT(*) AS corrections,
    COUNT(u.correction_id) AS undone,
    MAX(c.applied_at) AS last_at
FROM consistency_corrections AS c FORCE INDEX (consistency_corrections_rule)
LEFT JOIN consistency_undos AS u ON c.id = u.correction_id
WHERE
    c.rule IN :rules
    AND c.applied_at >= :start
    AND c.applied_at < :end
GROUP BY c.run_id, c.rule, c.table_name, c.company_id
ORDER BY last_at DESC, c.run_id ASC, c.rule ASC
