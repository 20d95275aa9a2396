-- health_full_checks: when every row of each table was last judged, for all tenants.
SELECT
    v.table_name,
    MAX(v.evaluated_at) AS judged_at
FROM consistency_rule_results AS v
WHERE
    v.scope = 'full'
    AND v.company_id IS NULL
    AND v.evaluated_at >= :since
GROUP BY v.table_name
