-- report_others: what findings say of rules that are in no suite any more.
SELECT
    f.alert_type AS rule,
    MAX(f.severity) AS severity,
    MAX(f.catalogue) AS catalogue,
    MAX(f.entity_type) AS entity,
    MAX(f.description) AS description
FROM data_consistency_alerts AS f FORCE INDEX (data_consistency_alerts_rule)
WHERE
    f.alert_type IN :rules
    AND f.status IN ('open', 'in_review')
GROUP BY f.alert_type
