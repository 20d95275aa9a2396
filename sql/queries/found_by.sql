-- found_by: which checks have found some rows to violate a rule, and how many of them each.
SELECT
    run_id,
    COUNT(*) AS found
FROM data_consistency_alerts
WHERE
    alert_type = :rule
    AND entity_id IN :ids
    AND run_id IS NOT NULL
GROUP BY run_id
