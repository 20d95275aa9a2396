-- close_stuck_call: a call whose end was never told is over; its length only where both times are real. Where its beginning
-- was never told either, a person looks.
-- table: calls
-- columns: status, call_status, disconnection_reason, duration_sec, duration_ms
SELECT
    c.id AS id,
    'completed' AS status,
    'ended' AS call_status,
    'system_timeout' AS disconnection_reason,
    IF(
        c.end_timestamp >= c.start_timestamp AND TIMESTAMPDIFF(SECOND, c.start_timestamp, c.end_timestamp) <= 86400,
        TIMESTAMPDIFF(SECOND, c.start_timestamp, c.end_timestamp),
        NULL
    ) AS duration_sec,
    IF(
        c.end_timestamp >= c.start_timestamp AND TIMESTAMPDIFF(SECOND, c.start_timestamp, c.end_timestamp) <= 86400,
        TIMESTAMPDIFF(SECOND, c.start_timestamp, c.end_timestamp) * 1000,
        NULL
    ) AS duration_ms,
    'no_end_for_two_hours' AS evidence,
    IF(COALESCE(c.start_timestamp, c.created_at, c.updated_at) IS NULL, 'beginning_is_unknown', NULL) AS refusal,
    0 AS review,
    NULL AS candidates
FROM calls AS c
WHERE c.id IN :ids
