-- Rows of companies that are not there, from the companies' side: the index tells which companies have rows at all.
-- table: customers, facts: ed523b9569688714, condition: company_id IS NOT NULL AND company_exists
SELECT u.id
FROM (SELECT DISTINCT named.company_id FROM customers AS named) AS d
INNER JOIN customers AS u ON u.company_id = d.company_id
LEFT JOIN companies AS company ON company.id = d.company_id
WHERE (company.id IS NOT NULL AND company.deleted_at IS NULL AND COALESCE(company.status, '') <> 'archived') IS NOT TRUE
UNION ALL
SELECT nobodys.id
FROM customers AS nobodys
WHERE nobodys.company_id IS NULL
