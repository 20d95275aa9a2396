-- report_inconsistent: distinct entities with a serious finding that is open, or that was found in the period.
-- What a person has accepted or dismissed is none. A finding of a rule carries the rule's fingerprint; what triggers note on
-- their own does not and is none either.
SELECT company_id, COUNT(DISTINCT entity_type, entity_id) AS entities
FROM data_consistency_alerts
WHERE
    severity IN ('critical', 'warning')
    AND entity_id IS NOT NULL
    AND rule_fingerprint IS NOT NULL
    AND (
        status IN ('open', 'in_review')
        OR (detected_at >= :start AND detected_at < :end AND status NOT IN ('accepted', 'dismissed'))
    )
GROUP BY company_id
