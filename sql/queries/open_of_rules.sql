-- open_of_rules: entities with unsettled findings of rules whose verdict other rows can change.
SELECT f.entity_id
FROM data_consistency_alerts AS f
WHERE
    f.alert_type IN :rules
    AND f.status IN ('open', 'in_review')
    AND (:company_id IS NULL OR f.company_id = :company_id)
