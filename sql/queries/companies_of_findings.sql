-- companies_of_findings: companies in which a rule has found anything that was not over before a time; 0: without one.
SELECT DISTINCT COALESCE(company_id, 0) AS company_id
FROM data_consistency_alerts
WHERE
    alert_type = :rule
    AND (
        status IN ('open', 'in_review')
        OR updated_at >= :since
    )
