-- lock_breaker: the state an operator is about to change.
SELECT current_state
FROM circuit_breaker_states
WHERE service_key = :service_key
FOR UPDATE
