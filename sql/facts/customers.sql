-- Facts of customers: what the rules of expectations/customers.json read, one row per customer that is not soft-deleted.
-- entity: customer, id: u.id, company: u.company_id
SELECT
    u.id AS id,
    u.company_id AS company_id,
    GREATEST(COALESCE(u.created_at, u.consistency_changed_at), u.consistency_changed_at) AS row_changed_at,
    COALESCE(u.email, '-') = '' AS email_is_empty,
    company.id IS NOT NULL AND company.deleted_at IS NULL AS company_exists
FROM customers AS u
LEFT JOIN companies AS company ON company.id = u.company_id
WHERE /* scope */ u.deleted_at IS NULL
