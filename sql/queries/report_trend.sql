-- report_trend: serious violations that each full check of the last days counted, per table.
SELECT
    run_id,
    table_name,
    MAX(evaluated_at) AS evaluated_at,
    COALESCE(SUM(violations), 0) AS violations
FROM consistency_rule_results
WHERE
    scope = 'full'
    AND company_id IS NULL
    AND mode <> 'shadow'
    AND severity IN ('critical', 'warning')
    AND evaluated_at >= :since
    AND evaluated_at < :until
GROUP BY run_id, table_name
ORDER BY evaluated_at
