-- ledger_active_of_range: findings not yet closed of a whole table, or of a range of its ids.
SELECT
    id,
    alert_type,
    entity_id,
    company_id
FROM data_consistency_alerts
WHERE
    entity_type = :entity
    AND alert_type IN :rules
    AND status IN ('open', 'in_review', 'accepted', 'dismissed')
    AND entity_id BETWEEN :first_id AND :last_id
    AND (:company_id IS NULL OR company_id = :company_id)
