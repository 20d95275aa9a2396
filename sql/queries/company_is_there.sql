-- company_is_there: whether the source has a company of this id.
SELECT COUNT(*)
FROM companies AS c
WHERE c.id = :company_id
