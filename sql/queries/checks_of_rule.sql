-- checks_of_rule: how many rows some checks have covered by a rule, and how many were changed on the word of each.
-- Ranges of one run add up; a task that was repeated has covered the same rows again.
SELECT
    checked.run_id,
    checked.covered,
    (
        SELECT COUNT(*)
        FROM data_consistency_alerts AS f
        INNER JOIN consistency_corrections AS c
            ON
                c.table_name = :table_name
                AND f.entity_id = c.entity_id
                AND f.alert_type = c.rule
        WHERE
            f.alert_type = :rule
            AND f.run_id = checked.run_id
            AND c.authority = 'automatic'
            AND f.detected_at <= c.applied_at
    ) AS changed
FROM (
    SELECT
        r.run_id,
        GREATEST(
            SUM(IF(r.scope = 'range', r.rows_checked, 0)), MAX(IF(r.scope = 'range', 0, r.rows_checked))
        ) AS covered
    FROM consistency_rule_results AS r
    WHERE
        r.run_id IN :names
        AND r.rule = :rule
        AND r.rows_checked IS NOT NULL
    GROUP BY r.run_id
) AS checked
