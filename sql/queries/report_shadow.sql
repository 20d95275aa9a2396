-- report_shadow: since when rules are in shadow without a break, as far as results are kept.
SELECT r.rule, MIN(r.evaluated_at) AS since
FROM consistency_rule_results AS r
LEFT JOIN (
    SELECT rule, MAX(id) AS id
    FROM consistency_rule_results
    WHERE
        rule IN :rules
        AND mode <> 'shadow'
    GROUP BY rule
) AS acting ON r.rule = acting.rule
WHERE
    r.rule IN :rules
    AND r.mode = 'shadow'
    AND (acting.id IS NULL OR r.id > acting.id)
GROUP BY r.rule
