-- breaker_settings: what operators gave to one breaker, company or service.
SELECT JSON_EXTRACT(b.metadata, '$.settings') AS settings
FROM circuit_breaker_states AS b
WHERE b.service_key = :service_key
