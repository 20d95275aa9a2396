-- cause_beside_calls: the same of other rows of about the same time, in the same companies or everywhere; none is personal.
SELECT
    c.id,
    c.company_id AS company,
    c.branch_id AS branch,
    c.phone_number_id AS number,
    c.gateway_mode AS origin,
    JSON_UNQUOTE(JSON_EXTRACT(c.raw, '$.agent_id')) AS agent,
    JSON_UNQUOTE(JSON_EXTRACT(c.raw, '$.agent_version')) AS agent_version,
    c.created_at AS at
FROM calls AS c
WHERE
    c.id BETWEEN :first_id AND :last_id
    AND (:everywhere = 1 OR c.company_id IN :companies)
    AND NOT EXISTS (
        SELECT 1
        FROM data_consistency_alerts AS f
        WHERE
            f.entity_type = 'call'
            AND f.entity_id = c.id
            AND f.alert_type = :rule
            AND f.status IN ('open', 'in_review')
    )
ORDER BY c.id DESC
LIMIT :limit
