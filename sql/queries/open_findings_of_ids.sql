-- open_findings_of_ids: findings of one rule on some entities that nobody has dealt with.
SELECT
    id,
    entity_id,
    company_id
FROM data_consistency_alerts
WHERE
    alert_type = :rule
    AND entity_id IN :ids
    AND status = 'open'
