-- list_breakers: every breaker, or one with that of its writes, with the fast fails of the last day; what is not closed
-- comes first.
SELECT
    b.service_key,
    b.company_id,
    b.current_state,
    b.mode,
    b.mode_reason,
    b.mode_actor,
    b.mode_changed_at,
    b.failure_count,
    b.success_count,
    b.reopenings,
    b.last_failure_at,
    b.opened_at,
    b.closed_at,
    b.state_changed_at,
    JSON_EXTRACT(b.metadata, '$.settings') AS settings,
    IF(
        b.current_state = 'closed' AND b.closed_at >= b.first_opened_at,
        TIMESTAMPDIFF(MICROSECOND, b.first_opened_at, b.closed_at) / 1000000, NULL
    ) AS recovery_seconds,
    (
        SELECT COUNT(*)
        FROM circuit_breaker_metrics AS m
        WHERE
            m.service = b.service_key
            AND m.status = 'rejected'
            AND m.created_at >= UTC_TIMESTAMP(6) - INTERVAL 1 DAY
    ) AS fast_fails
FROM circuit_breaker_states AS b
WHERE
    :service_key IS NULL
    OR b.service_key IN (:service_key, :writes_key)
ORDER BY b.current_state = 'closed' AND b.mode = 'automatic', b.service_key
