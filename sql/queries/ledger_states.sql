-- ledger_states: what the ledger knows of some entities, to tell new findings from old ones.
SELECT
    id,
    alert_type,
    entity_id,
    status
FROM data_consistency_alerts
WHERE
    entity_type = :entity
    AND entity_id IN :ids
    AND alert_type IN :rules
    AND (:company_id IS NULL OR company_id = :company_id)
