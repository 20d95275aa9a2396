-- lock_findings_of_ids: findings whose state is about to change, by their ids.
SELECT
    id, alert_type, entity_type, entity_id, company_id, rule_fingerprint, status
FROM data_consistency_alerts
WHERE id IN :ids
FOR UPDATE
