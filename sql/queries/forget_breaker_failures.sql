-- forget_breaker_failures: a success of a closed breaker; failures count only in a row.
UPDATE circuit_breaker_states
SET
    failure_count = 0,
    updated_at = UTC_TIMESTAMP(6)
WHERE
    service_key = :service_key
    AND mode = 'automatic'
    AND current_state = 'closed'
    AND generation = :generation
    AND failure_count > 0
