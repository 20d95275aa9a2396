-- report_verdicts: the newest verdict of each rule over a whole table.
SELECT r.rule, r.table_name, r.outcome, r.rows_checked, r.violations, r.reason, r.evaluated_at
FROM consistency_rule_results AS r
INNER JOIN (
    SELECT MAX(id) AS id
    FROM consistency_rule_results
    WHERE
        scope = 'full'
        AND company_id IS NULL
        AND evaluated_at >= :since
    GROUP BY rule
) AS newest ON r.id = newest.id
ORDER BY r.rule
