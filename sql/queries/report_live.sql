-- report_live: distinct entities with a serious finding that nobody has dealt with. A finding of a rule carries the rule's
-- fingerprint; what triggers note on their own does not and is none.
SELECT company_id, COUNT(DISTINCT entity_type, entity_id) AS entities
FROM data_consistency_alerts FORCE INDEX (data_consistency_alerts_status)
WHERE
    status IN ('open', 'in_review')
    AND severity IN ('critical', 'warning')
    AND entity_id IS NOT NULL
    AND rule_fingerprint IS NOT NULL
GROUP BY company_id
