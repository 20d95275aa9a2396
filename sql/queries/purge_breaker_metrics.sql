-- purge_breaker_metrics: measurements of the circuit breaker beyond their retention.
DELETE FROM circuit_breaker_metrics
WHERE
    created_at < :before
LIMIT :batch
