-- Customers of a company who share a number, by one walk along the index of numbers; the removed are compared as well.
-- IF hides that a group is joined by its key, which would cost MariaDB the order of the index.
-- table: customers, facts: b7a82c3260c77bb9, condition: NOT shares_phone
SELECT u.id
FROM (
    SELECT
        p.company_id,
        p.consistency_phone
    FROM customers AS p
    WHERE p.consistency_phone IS NOT NULL
    GROUP BY p.company_id, p.consistency_phone
    HAVING COUNT(*) > 1
) AS shared
INNER JOIN customers AS u
    ON u.company_id = IF(TRUE, shared.company_id, NULL)
    AND u.consistency_phone = IF(TRUE, shared.consistency_phone, NULL)
