-- breaker_events: the newest transitions of a breaker.
SELECT
    created_at,
    old_state,
    new_state,
    mode,
    reason,
    actor,
    failure_count,
    generation
FROM circuit_breaker_events
WHERE service = :service_key
ORDER BY id DESC
LIMIT :limit
