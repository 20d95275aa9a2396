-- cause_in_customers: attributes of rows that a rule finds wrong in some companies, the newest first; none is personal.
SELECT
    u.id,
    u.company_id AS company,
    u.created_at AS at
FROM data_consistency_alerts AS f
INNER JOIN customers AS u ON u.id = f.entity_id
WHERE
    f.alert_type = :rule
    AND f.entity_type = 'customer'
    AND f.status IN ('open', 'in_review')
    AND COALESCE(f.company_id, 0) IN :companies
ORDER BY f.id DESC
LIMIT :limit
