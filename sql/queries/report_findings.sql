-- report_findings: per rule, what was found and settled in the period, and what is open at the time of the report.
SELECT
    alert_type AS rule,
    MAX(severity) AS severity,
    MAX(catalogue) AS catalogue,
    MAX(entity_type) AS entity,
    MAX(description) AS description,
    SUM(detected_at >= :start AND detected_at < :end) AS found,
    SUM(status = 'corrected' AND corrected_at >= :start AND corrected_at < :end) AS corrected,
    SUM(
        status IN ('resolved', 'accepted', 'dismissed') AND resolved_at >= :start AND resolved_at < :end
    ) AS resolved,
    SUM(status = 'open') AS open,
    SUM(status = 'in_review') AS in_review
FROM data_consistency_alerts
WHERE
    rule_fingerprint IS NOT NULL
    AND (status IN ('open', 'in_review') OR last_seen_at >= :start OR updated_at >= :start)
GROUP BY alert_type
ORDER BY alert_type
