-- ledger_active_of_ids: findings not yet closed of the entities that a check has looked at.
SELECT
    id,
    alert_type,
    entity_id,
    company_id
FROM data_consistency_alerts
WHERE
    entity_type = :entity
    AND entity_id IN :ids
    AND alert_type IN :rules
    AND status IN ('open', 'in_review', 'accepted', 'dismissed')
    AND (:company_id IS NULL OR company_id = :company_id)
