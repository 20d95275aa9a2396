-- rules_with_open_findings: which of some rules have findings that nobody has dealt with.
SELECT DISTINCT a.alert_type AS rule
FROM data_consistency_alerts AS a
WHERE
    a.alert_type IN :rules
    AND a.status = 'open'
