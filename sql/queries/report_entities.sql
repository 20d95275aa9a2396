-- report_entities: the entities a full check looks at, per kind and company; the denominator of the rate.
SELECT 'call' AS entity, company_id, COUNT(*) AS entities
FROM calls
WHERE deleted_at IS NULL
GROUP BY company_id
UNION ALL
SELECT 'appointment' AS entity, company_id, COUNT(*) AS entities
FROM appointments
WHERE deleted_at IS NULL
GROUP BY company_id
UNION ALL
SELECT 'customer' AS entity, company_id, COUNT(*) AS entities
FROM customers
WHERE deleted_at IS NULL
GROUP BY company_id
