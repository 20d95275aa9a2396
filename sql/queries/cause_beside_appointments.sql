-- cause_beside_appointments: the same of other rows of about the same time, in the same companies or everywhere; none is personal.
SELECT
    a.id,
    a.company_id AS company,
    a.branch_id AS branch,
    a.service_id AS service,
    a.staff_id AS staff,
    a.source AS origin,
    a.created_at AS at
FROM appointments AS a
WHERE
    a.id BETWEEN :first_id AND :last_id
    AND (:everywhere = 1 OR a.company_id IN :companies)
    AND NOT EXISTS (
        SELECT 1
        FROM data_consistency_alerts AS f
        WHERE
            f.entity_type = 'appointment'
            AND f.entity_id = a.id
            AND f.alert_type = :rule
            AND f.status IN ('open', 'in_review')
    )
ORDER BY a.id DESC
LIMIT :limit
