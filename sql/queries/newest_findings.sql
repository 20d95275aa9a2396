-- newest_findings: ids of open rows of a rule in some companies, the newest first. 0: without a company.
SELECT
    entity_id,
    entity_type,
    description
FROM data_consistency_alerts
WHERE
    alert_type = :rule
    AND status IN ('open', 'in_review')
    AND COALESCE(company_id, 0) IN :companies
ORDER BY detected_at DESC, id DESC
LIMIT :limit
