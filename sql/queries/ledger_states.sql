-- ledger_states: what the ledger knows of some entities, to tell new findings from old ones.
SELECT
    alert_type,
    entity_id,
    status
FROM data_consistency_alerts
WHERE
    entity_type = :entity
    AND entity_id IN :ids
    AND alert_type IN :rules
