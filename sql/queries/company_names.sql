-- company_names: what some companies are called.
SELECT
    c.id AS id,
    c.name AS name
FROM companies AS c
WHERE c.id IN :ids
