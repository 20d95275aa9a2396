-- checks_of_rule: how many rows some checks have covered by a rule, and how many were changed on the word of each.
-- Ranges of one run add up; a task that was repeated has covered the same rows again.
SELECT
    checked.run_id,
    checked.covered,
    (
        SELECT COALESCE(SUM(u.changed), 0)
        FROM consistency_gate_uses AS u
        WHERE
            u.rule = :rule
            AND u.found_by = checked.run_id
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
