-- mark_call_successful: a call that led to a valid appointment was successful, whatever the provider thinks.
-- table: calls
-- columns: call_successful
SELECT
    c.id AS id,
    1 AS call_successful,
    'appointment' AS evidence,
    IF(MAX(a.company_id = c.company_id) = 1, NULL, 'appointment_of_other_company') AS refusal,
    0 AS review,
    NULL AS candidates
FROM calls AS c
LEFT JOIN appointments AS a
    ON a.call_id = c.id
    AND a.deleted_at IS NULL
    AND NOT IS_VOID(a.status)
WHERE c.id IN :ids
GROUP BY c.id
