-- release_breaker_probe: a probe that ended without a result, because its caller was stopped; another may go.
UPDATE circuit_breaker_states
SET
    probes_running = IF(probes_running > 0, probes_running - 1, 0),
    updated_at = UTC_TIMESTAMP(6)
WHERE
    service_key = :service_key
    AND mode = 'automatic'
    AND current_state = 'half_open'
    AND generation = :generation
