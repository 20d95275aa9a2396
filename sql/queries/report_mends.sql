-- report_mends: seconds between finding a fault and its end, for faults that were corrected or went away in the period.
SELECT
    TIMESTAMPDIFF(SECOND, f.detected_at, e.occurred_at) AS seconds,
    COUNT(*) AS findings
FROM consistency_events AS e
INNER JOIN data_consistency_alerts AS f
    ON
        e.entity_type = f.entity_type
        AND e.entity_id = f.entity_id
        AND e.rule = f.alert_type
WHERE
    e.occurred_at >= :start
    AND e.occurred_at < :end
    AND e.kind = 'finding'
    AND e.state_to IN ('corrected', 'resolved')
    AND e.state_from IN ('open', 'in_review')
    AND e.occurred_at >= f.detected_at
GROUP BY seconds
ORDER BY seconds
