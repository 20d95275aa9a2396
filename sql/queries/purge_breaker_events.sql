-- purge_breaker_events: transitions of the circuit breaker beyond their retention.
DELETE FROM circuit_breaker_events
WHERE
    created_at < :before
LIMIT :batch
