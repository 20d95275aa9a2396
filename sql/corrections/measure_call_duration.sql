-- measure_call_duration: an impossible length is measured anew from start and end; without both it is unknown.
-- table: calls
-- columns: duration_sec, duration_ms
SELECT
    v.id AS id,
    v.seconds AS duration_sec,
    v.seconds * 1000 AS duration_ms,
    IF(v.seconds IS NULL, 'no_valid_times', 'start_and_end') AS evidence,
    NULL AS refusal,
    v.seconds IS NULL AS review,
    NULL AS candidates
FROM (
    SELECT
        c.id AS id,
        IF(
            c.end_timestamp >= c.start_timestamp AND TIMESTAMPDIFF(SECOND, c.start_timestamp, c.end_timestamp) <= 86400,
            TIMESTAMPDIFF(SECOND, c.start_timestamp, c.end_timestamp),
            NULL
        ) AS seconds
    FROM calls AS c
    WHERE c.id IN :ids
) AS v
