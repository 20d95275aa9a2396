-- close_breaker: the success that closes.
UPDATE circuit_breaker_states
SET
    success_count = success_count + 1,
    failure_count = 0,
    reopenings = 0,
    probes_running = 0,
    lease_until = NULL,
    closed_at = UTC_TIMESTAMP(6),
    state_changed_at = UTC_TIMESTAMP(6),
    current_state = 'closed',
    generation = generation + 1,
    updated_at = UTC_TIMESTAMP(6)
WHERE
    service_key = :service_key
    AND mode = 'automatic'
    AND current_state = 'half_open'
    AND generation = :generation
    AND success_count + 1 >= :successes_to_close
