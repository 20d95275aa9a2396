-- alert_rows: open findings of all companies by rule and company; routes are chosen by both.
SELECT
    alert_type AS rule,
    company_id,
    COUNT(*) AS open_rows,
    MAX(first_seen_at) AS newest
FROM data_consistency_alerts
WHERE
    status IN ('open', 'in_review')
    AND severity = :severity
GROUP BY alert_type, company_id
