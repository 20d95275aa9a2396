-- clear_empty_email: an empty text is no address; it also blocks the unique key for the next customer without one.
-- table: customers
-- columns: email
SELECT
    x.id AS id,
    NULL AS email,
    'empty_text' AS evidence,
    NULL AS refusal,
    0 AS review,
    NULL AS candidates
FROM customers AS x
WHERE x.id IN :ids
