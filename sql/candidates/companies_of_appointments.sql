-- Rows of companies that are not there, from the companies' side: the index tells which companies have rows at all.
-- table: appointments, facts: 4de1e314b109c326, condition: company_id IS NOT NULL AND company_exists
SELECT a.id
FROM (SELECT DISTINCT named.company_id FROM appointments AS named) AS d
INNER JOIN appointments AS a ON a.company_id = d.company_id
LEFT JOIN companies AS company ON company.id = d.company_id
WHERE (company.id IS NOT NULL AND company.deleted_at IS NULL AND COALESCE(company.status, '') <> 'archived') IS NOT TRUE
UNION ALL
SELECT nobodys.id
FROM appointments AS nobodys
WHERE nobodys.company_id IS NULL
