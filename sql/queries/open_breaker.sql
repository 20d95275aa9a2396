-- open_breaker: the failure that opens. What it counted stays to be read.
UPDATE circuit_breaker_states
SET
    failure_count = FAILURES_WITH_MORE(failure_count, last_failure_at),
    last_failure_at = UTC_TIMESTAMP(6),
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
    AND FAILURES_WITH_MORE(failure_count, last_failure_at) >= :threshold
