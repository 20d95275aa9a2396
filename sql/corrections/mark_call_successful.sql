-- mark_call_successful: a call that led to a valid appointment was successful, whatever the provider thinks.
-- table: calls
-- columns: call_successful
SELECT
    c.id AS id,
    1 AS call_successful,
    'appointment' AS evidence,
    NULL AS refusal,
    0 AS review,
    NULL AS candidates
FROM calls AS c
WHERE c.id IN :ids
