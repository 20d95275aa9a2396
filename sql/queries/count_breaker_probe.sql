-- count_breaker_probe: a probe that succeeded, but not the last that is needed.
UPDATE circuit_breaker_states
SET
    success_count = success_count + 1,
    probes_running = IF(probes_running > 0, probes_running - 1, 0),
    updated_at = UTC_TIMESTAMP(6)
WHERE
    service_key = :service_key
    AND mode = 'automatic'
    AND current_state = 'half_open'
    AND generation = :generation
    AND success_count + 1 < :successes_to_close
