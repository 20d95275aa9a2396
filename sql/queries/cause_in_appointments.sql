-- cause_in_appointments: attributes of rows that a rule finds wrong in some companies, the newest first; none is personal.
SELECT
    a.id,
    a.company_id AS company,
    a.branch_id AS branch,
    a.service_id AS service,
    a.staff_id AS staff,
    a.source AS origin,
    a.created_at AS at
FROM data_consistency_alerts AS f
INNER JOIN appointments AS a ON a.id = f.entity_id
WHERE
    f.alert_type = :rule
    AND f.entity_type = 'appointment'
    AND f.status IN ('open', 'in_review')
    AND COALESCE(f.company_id, 0) IN :companies
ORDER BY f.id DESC
LIMIT :limit
