-- console_open_of_rules: findings that nobody has dealt with, by rule; reads those entries of one index and no row.
SELECT
    f.alert_type AS rule,
    f.status,
    COUNT(*) AS findings
FROM data_consistency_alerts AS f FORCE INDEX (data_consistency_alerts_rule)
WHERE
    f.alert_type IN :rules
    AND f.status IN ('open', 'in_review')
GROUP BY f.alert_type, f.status
