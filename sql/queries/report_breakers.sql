-- report_breakers: what circuit breakers did in the period, the newest of it.
SELECT
    service,
    company_id,
    old_state,
    new_state,
    reason,
    created_at
FROM circuit_breaker_events
WHERE
    created_at >= :start
    AND created_at < :end
ORDER BY id DESC
LIMIT 200
