-- console_trend: what the last complete check of each quarter of an hour counted, per rule; days are made of it where people live.
SELECT
    r.rule,
    r.table_name,
    r.evaluated_at,
    r.outcome,
    r.violations
FROM consistency_rule_results AS r
INNER JOIN (
    SELECT MAX(v.id) AS id
    FROM consistency_rule_results AS v FORCE INDEX (consistency_rule_results_time)
    WHERE
        v.scope = 'full'
        AND v.company_id IS NULL
        AND v.evaluated_at >= :since
        AND v.evaluated_at < :until
    GROUP BY v.rule, TIMESTAMPDIFF(MINUTE, :since, v.evaluated_at) DIV 15
) AS newest ON r.id = newest.id
ORDER BY r.id
