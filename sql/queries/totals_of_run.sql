-- totals_of_run: what one run found, changed and stopped; rules in shadow are only counted, and left out.
SELECT
    (
        SELECT r.kind
        FROM consistency_runs AS r
        WHERE r.id = :run_id
    ) AS kind,
    (
        SELECT COALESCE(SUM(v.violations), 0)
        FROM consistency_rule_results AS v
        WHERE
            v.run_id = :run_id
            AND v.mode <> 'shadow'
    ) AS found,
    (
        SELECT COUNT(*)
        FROM consistency_corrections AS c
        WHERE c.run_id = :run_id
    ) AS corrected,
    (
        SELECT COUNT(*)
        FROM consistency_incidents AS i
        WHERE
            i.run_id = :run_id
            AND i.kind = 'cap_exceeded'
    ) AS stopped
