-- findings_by_rule: findings of each rule by what became of them, for people.
SELECT
    entity_type,
    alert_type,
    COUNT(*) AS found,
    SUM(status = 'corrected') AS corrected,
    SUM(status = 'in_review') AS in_review,
    SUM(status = 'open') AS still_open,
    SUM(status IN ('resolved', 'accepted', 'dismissed')) AS resolved
FROM data_consistency_alerts
WHERE status <> 'parked'
GROUP BY entity_type, alert_type
ORDER BY entity_type, alert_type
