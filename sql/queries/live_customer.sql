-- live_customer: a customer as they stand in the source now.
SELECT u.*
FROM customers AS u
WHERE
    u.id = :row_id
    AND (:company_id IS NULL OR u.company_id = :company_id)
