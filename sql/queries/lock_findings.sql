-- lock_findings: findings whose state is about to change, by their fingerprints.
SELECT
    id, alert_type, entity_type, entity_id, company_id, rule_fingerprint, status
FROM data_consistency_alerts
WHERE fingerprint IN :fingerprints
FOR UPDATE
