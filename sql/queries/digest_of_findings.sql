-- digest_of_findings: warnings of all companies by rule and company since a time; routes are chosen by both.
SELECT
    alert_type AS rule,
    COALESCE(company_id, 0) AS company_id,
    COALESCE(SUM(status IN ('open', 'in_review')), 0) AS open_rows,
    COALESCE(SUM(status IN ('open', 'in_review') AND detected_at > :since), 0) AS new_rows,
    COALESCE(SUM(status IN ('corrected', 'resolved')), 0) AS fixed,
    COALESCE(SUM(status = 'corrected'), 0) AS corrected
FROM data_consistency_alerts
WHERE
    severity = 'warning'
    AND (
        status IN ('open', 'in_review')
        OR (status IN ('corrected', 'resolved') AND updated_at > :since)
    )
GROUP BY alert_type, COALESCE(company_id, 0)
