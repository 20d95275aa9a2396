-- set_breaker_settings: settings of one breaker, company or service, as a whole; they go before those of the code.
UPDATE circuit_breaker_states
SET
    metadata = JSON_SET(COALESCE(metadata, '{}'), '$.settings', JSON_EXTRACT(:settings, '$')),
    updated_at = UTC_TIMESTAMP(6)
WHERE service_key = :service_key
