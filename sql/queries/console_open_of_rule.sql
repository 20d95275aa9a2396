-- console_open_of_rule: the first rows with an unsettled finding of a rule, in the order of the index.
SELECT
    f.entity_id,
    f.company_id,
    f.status,
    f.detected_at
FROM data_consistency_alerts AS f FORCE INDEX (data_consistency_alerts_rule)
WHERE
    f.alert_type = :rule
    AND f.status IN ('open', 'in_review')
    AND f.entity_id IS NOT NULL
ORDER BY f.status, f.entity_id
LIMIT :limit
