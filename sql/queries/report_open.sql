-- report_open: findings that nobody has dealt with, by company and rule.
SELECT
    f.company_id,
    f.alert_type AS rule,
    COUNT(*) AS findings
FROM data_consistency_alerts AS f FORCE INDEX (data_consistency_alerts_status)
WHERE f.status IN ('open', 'in_review')
GROUP BY f.company_id, f.alert_type
