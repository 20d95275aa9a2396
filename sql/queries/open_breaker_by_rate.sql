-- open_breaker_by_rate: opens when enough of the calls since it closed, and in the window, failed; the last is counted.
UPDATE circuit_breaker_states
SET
    opened_at = UTC_TIMESTAMP(6),
    first_opened_at = UTC_TIMESTAMP(6),
    state_changed_at = UTC_TIMESTAMP(6),
    success_count = 0,
    reopenings = 0,
    probes_running = 0,
    lease_until = NULL,
    current_state = 'open',
    generation = generation + 1,
    updated_at = UTC_TIMESTAMP(6)
WHERE
    service_key = :service_key
    AND mode = 'automatic'
    AND current_state = 'closed'
    AND generation = :generation
    AND (
        SELECT COUNT(*) >= :minimum_calls AND SUM(m.status = 'failure') >= :failure_rate * COUNT(*)
        FROM circuit_breaker_metrics AS m
        WHERE
            m.service = :service_key
            AND m.status IN ('success', 'failure')
            AND m.created_at >= UTC_TIMESTAMP(6) - INTERVAL :window_us MICROSECOND
            AND m.created_at >= COALESCE(circuit_breaker_states.closed_at, '1970-01-01')
    )
