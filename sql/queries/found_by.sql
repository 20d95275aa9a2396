-- found_by: which checks have found some rows to violate a rule, and how many of them each.
SELECT
    run_id,
    COUNT(*) AS found
FROM data_consistency_alerts
WHERE
    fingerprint IN :fingerprints
    AND run_id IS NOT NULL
GROUP BY run_id
