-- cause_beside_customers: the same of other rows of about the same time, in the same companies or everywhere; none is personal.
SELECT
    u.id,
    u.company_id AS company,
    u.created_at AS at
FROM customers AS u
WHERE
    u.id BETWEEN :first_id AND :last_id
    AND (:everywhere = 1 OR u.company_id IN :companies)
    AND NOT EXISTS (
        SELECT 1
        FROM data_consistency_alerts AS f
        WHERE
            f.entity_type = 'customer'
            AND f.entity_id = u.id
            AND f.alert_type = :rule
            AND f.status IN ('open', 'in_review')
    )
ORDER BY u.id DESC
LIMIT :limit
