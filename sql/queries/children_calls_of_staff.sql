-- children_calls_of_staff: calls without a customer in which somebody was heard of a changed member's company.
-- follows: member
SELECT c.id
FROM (
    SELECT DISTINCT x.company_id AS company_id
    FROM staff AS x
    WHERE x.id IN :keys
) AS company
INNER JOIN calls AS c ON c.company_id = company.company_id
WHERE
    c.customer_id IS NULL
    AND c.customer_name <> ''
