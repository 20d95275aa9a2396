-- company_has_rows: whether rows of the source name a company, though it has none of that id.
SELECT
    EXISTS (
        SELECT 1
        FROM calls AS c
        WHERE c.company_id = :company_id
    )
    OR EXISTS (
        SELECT 1
        FROM appointments AS a
        WHERE a.company_id = :company_id
    )
    OR EXISTS (
        SELECT 1
        FROM customers AS u
        WHERE u.company_id = :company_id
    ) AS has_rows
