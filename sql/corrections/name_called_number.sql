-- name_called_number: the number that was called is the one of the company's numbers that is equal.
-- table: calls
-- columns: phone_number_id
SELECT
    c.id AS id,
    IF(COUNT(ours.id) = 1, MIN(ours.id), NULL) AS phone_number_id,
    'to_number' AS evidence,
    CASE COUNT(ours.id)
        WHEN 0 THEN 'no_number_found'
        WHEN 1 THEN NULL
        ELSE 'several_numbers_found'
    END AS refusal,
    0 AS review,
    NULL AS candidates
FROM calls AS c
LEFT JOIN phone_numbers AS ours ON ours.number_normalized = E164(c.to_number) AND ours.company_id = c.company_id
WHERE c.id IN :ids
GROUP BY c.id
