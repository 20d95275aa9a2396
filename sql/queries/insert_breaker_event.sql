-- insert_breaker_event: a transition, told by the row that has just made it and is still locked.
INSERT INTO circuit_breaker_events (
    service, company_id, old_state, new_state, reason, failure_count, generation, mode, actor, created_at
)
SELECT
    b.service_key,
    b.company_id,
    :old_state,
    b.current_state,
    :reason,
    b.failure_count,
    b.generation,
    b.mode,
    :actor,
    UTC_TIMESTAMP(6)
FROM circuit_breaker_states AS b
WHERE b.service_key = :service_key
