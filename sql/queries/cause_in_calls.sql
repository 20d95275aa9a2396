-- cause_in_calls: attributes of rows that a rule finds wrong in some companies, the newest first; none is personal.
SELECT
    c.id,
    c.company_id AS company,
    c.branch_id AS branch,
    c.phone_number_id AS number,
    c.gateway_mode AS origin,
    JSON_UNQUOTE(JSON_EXTRACT(c.raw, '$.agent_id')) AS agent,
    JSON_UNQUOTE(JSON_EXTRACT(c.raw, '$.agent_version')) AS agent_version,
    c.created_at AS at
FROM data_consistency_alerts AS f
INNER JOIN calls AS c ON c.id = f.entity_id
WHERE
    f.alert_type = :rule
    AND f.entity_type = 'call'
    AND f.status IN ('open', 'in_review')
    AND COALESCE(f.company_id, 0) IN :companies
ORDER BY f.id DESC
LIMIT :limit
