-- register_breaker: a breaker that is used, or told something, for the first time; closed.
INSERT INTO circuit_breaker_states (service_key, company_id, created_at, updated_at)
VALUES (:service_key, :company_id, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
ON DUPLICATE KEY UPDATE
    updated_at = circuit_breaker_states.updated_at
