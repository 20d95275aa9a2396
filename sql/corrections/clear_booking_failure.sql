-- clear_booking_failure: an appointment made after the booking had failed is the booking; an older one needs a person.
-- table: calls
-- columns: booking_failed, booking_failure_reason, requires_manual_processing
-- when: booking_evidence = 'live'
SELECT
    c.id AS id,
    0 AS booking_failed,
    NULL AS booking_failure_reason,
    0 AS requires_manual_processing,
    'appointment' AS evidence,
    IF(
        MAX(a.created_at) > COALESCE(c.end_timestamp, c.start_timestamp, c.created_at),
        NULL,
        'appointment_older_than_failure'
    ) AS refusal,
    0 AS review,
    CONCAT('[', COALESCE(GROUP_CONCAT(a.id ORDER BY a.id), ''), ']') AS candidates
FROM calls AS c
LEFT JOIN appointments AS a
    ON a.call_id = c.id
    AND a.deleted_at IS NULL
    AND NOT IS_VOID(a.status)
WHERE c.id IN :ids
GROUP BY c.id
