-- report_wrong: distinct entities with a serious finding that was found in the period, whatever became of it; what a person
-- has accepted or dismissed was none.
SELECT company_id, COUNT(DISTINCT entity_type, entity_id) AS entities
FROM data_consistency_alerts
WHERE
    detected_at >= :start
    AND detected_at < :end
    AND severity IN ('critical', 'warning')
    AND status NOT IN ('accepted', 'dismissed')
    AND entity_id IS NOT NULL
    AND rule_fingerprint IS NOT NULL
GROUP BY company_id
