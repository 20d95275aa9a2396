-- breaker_transitions: when breakers opened and closed, in their order.
SELECT
    service,
    new_state,
    created_at
FROM circuit_breaker_events
WHERE
    created_at >= :since
    AND created_at <= :until
    AND new_state IN ('open', 'closed')
ORDER BY created_at, id
