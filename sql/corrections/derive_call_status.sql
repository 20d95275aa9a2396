-- derive_call_status: the provider's final word decides our status; a call that is over is never opened again.
-- table: calls
-- columns: status
SELECT
    c.id AS id,
    COALESCE(STATUS_OF_CALL(c.call_status), c.status) AS status,
    'call_status' AS evidence,
    IF(STATUS_OF_CALL(c.call_status) IS NULL, 'would_reopen', NULL) AS refusal,
    0 AS review,
    NULL AS candidates
FROM calls AS c
WHERE c.id IN :ids
