-- set_direction_from_numbers: outbound where our own number called somebody else's, else inbound.
-- table: calls
-- columns: direction
SELECT
    x.id AS id,
    IF(x.from_is_ours AND NOT x.to_is_ours, 'outbound', 'inbound') AS direction,
    IF(x.from_is_ours <> x.to_is_ours, 'numbers', 'default') AS evidence,
    NULL AS refusal,
    0 AS review,
    NULL AS candidates
FROM (
    SELECT
        c.id AS id,
        EXISTS (
            SELECT 1
            FROM phone_numbers AS ours
            WHERE ours.company_id = c.company_id
              AND COALESCE(ours.number_normalized, ours.number) = E164(c.from_number)
        ) AS from_is_ours,
        EXISTS (
            SELECT 1
            FROM phone_numbers AS ours
            WHERE ours.company_id = c.company_id
              AND COALESCE(ours.number_normalized, ours.number) = E164(c.to_number)
        ) AS to_is_ours
    FROM calls AS c
    WHERE c.id IN :ids
) AS x
