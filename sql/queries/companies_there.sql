-- companies_there: the companies of the source.
SELECT c.id
FROM companies AS c
ORDER BY c.id
