-- rules_with_unsettled_findings: rules whose findings still count; what triggers note on their own carries no fingerprint.
SELECT DISTINCT alert_type
FROM data_consistency_alerts
WHERE
    status IN ('open', 'in_review')
    AND rule_fingerprint IS NOT NULL
