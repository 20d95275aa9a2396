-- history_findings: findings of a rule that were seen or settled since a time.
SELECT entity_id
FROM data_consistency_alerts
WHERE
    alert_type = :rule
    AND entity_type = :entity
    AND entity_id IS NOT NULL
    AND (status IN ('open', 'in_review') OR last_seen_at >= :since OR updated_at >= :since)
