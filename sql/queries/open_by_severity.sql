-- open_by_severity: findings that nobody has dealt with, for the exit status of a check.
SELECT
    severity,
    COUNT(*) AS findings
FROM data_consistency_alerts
WHERE status IN ('open', 'in_review')
GROUP BY severity
ORDER BY severity
