-- reopen_breaker: a probe that failed; the cool-down begins anew.
UPDATE circuit_breaker_states
SET
    failure_count = failure_count + 1,
    last_failure_at = UTC_TIMESTAMP(6),
    opened_at = UTC_TIMESTAMP(6),
    reopenings = reopenings + 1,
    probes_running = 0,
    lease_until = NULL,
    state_changed_at = UTC_TIMESTAMP(6),
    current_state = 'open',
    generation = generation + 1,
    updated_at = UTC_TIMESTAMP(6)
WHERE
    service_key = :service_key
    AND mode = 'automatic'
    AND current_state = 'half_open'
    AND generation = :generation
