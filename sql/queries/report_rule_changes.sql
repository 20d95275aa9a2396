-- report_rule_changes: rules that came to be judged in another mode or version in the period; a version without one
-- before it is told too, so that the caller can tell a new rule from a new database.
SELECT
    v.rule,
    v.table_name,
    v.mode_before,
    v.mode,
    v.fingerprint_before,
    v.rule_fingerprint AS fingerprint,
    v.evaluated_at
FROM (
    SELECT
        r.rule,
        r.table_name,
        r.mode,
        r.rule_fingerprint,
        r.evaluated_at,
        LAG(r.mode) OVER (PARTITION BY r.rule ORDER BY r.id) AS mode_before,
        LAG(r.rule_fingerprint) OVER (PARTITION BY r.rule ORDER BY r.id) AS fingerprint_before
    FROM (
        SELECT id, rule, table_name, mode, rule_fingerprint, evaluated_at
        FROM consistency_rule_results
        WHERE
            evaluated_at >= :start
            AND evaluated_at < :end
        UNION ALL
        SELECT o.id, o.rule, o.table_name, o.mode, o.rule_fingerprint, o.evaluated_at
        FROM consistency_rule_results AS o
        INNER JOIN (
            SELECT MAX(id) AS id
            FROM consistency_rule_results
            WHERE
                evaluated_at >= :since
                AND evaluated_at < :start
            GROUP BY rule
        ) AS newest ON o.id = newest.id
    ) AS r
) AS v
WHERE
    v.evaluated_at >= :start
    AND (
        v.mode_before IS NULL
        OR v.mode <> v.mode_before
        OR v.rule_fingerprint <> v.fingerprint_before
    )
ORDER BY v.evaluated_at, v.rule
