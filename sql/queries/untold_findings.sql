-- untold_findings: findings of a severity that nobody has been told about.
SELECT
    id,
    alert_type,
    entity_type,
    entity_id,
    description
FROM data_consistency_alerts
WHERE
    severity = :severity
    AND status IN ('open', 'in_review')
    AND notified_at IS NULL
ORDER BY alert_type, entity_id
