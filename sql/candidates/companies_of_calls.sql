-- Rows of companies that are not there, from the companies' side: the index tells which companies have rows at all.
-- table: calls, facts: f385f4df9960189c, condition: company_id IS NOT NULL AND company_exists
SELECT c.id
FROM (SELECT DISTINCT named.company_id FROM calls AS named) AS d
INNER JOIN calls AS c ON c.company_id = d.company_id
LEFT JOIN companies AS company ON company.id = d.company_id
WHERE (company.id IS NOT NULL AND company.deleted_at IS NULL AND COALESCE(company.status, '') <> 'archived') IS NOT TRUE
UNION ALL
SELECT nobodys.id
FROM calls AS nobodys
WHERE nobodys.company_id IS NULL
