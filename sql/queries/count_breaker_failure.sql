-- count_breaker_failure: one more failure that does not open; nothing if it would, or if the call began before a
-- transition.
UPDATE circuit_breaker_states
SET
    failure_count = FAILURES_WITH_MORE(failure_count, last_failure_at),
    last_failure_at = UTC_TIMESTAMP(6),
    updated_at = UTC_TIMESTAMP(6)
WHERE
    service_key = :service_key
    AND mode = 'automatic'
    AND current_state = 'closed'
    AND generation = :generation
    AND FAILURES_WITH_MORE(failure_count, last_failure_at) < :threshold
