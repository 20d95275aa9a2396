-- lease_breaker_probe: one more probe while half-open, if one is free. Leases that ran out are given up together: the
-- generation moves, so that their holders' late results say nothing. It is told as the id of the statement. Only the lease
-- that the asker has seen can have run out: the statement's time is the one at which it began to wait for the row, and a
-- lease given meanwhile would seem to come from a clock that was set back.
UPDATE circuit_breaker_states
SET
    generation = LAST_INSERT_ID(generation + IF(probes_running >= :probes, 1, 0)),
    probes_running = IF(probes_running >= :probes, 1, probes_running + 1),
    lease_until = UTC_TIMESTAMP(6) + INTERVAL :lease_us MICROSECOND,
    updated_at = UTC_TIMESTAMP(6)
WHERE
    service_key = :service_key
    AND mode = 'automatic'
    AND current_state = 'half_open'
    AND (
        probes_running < :probes
        OR (
            lease_until <=> :lease_until
            AND (
                lease_until > UTC_TIMESTAMP(6) AND lease_until <= UTC_TIMESTAMP(6) + INTERVAL :lease_us MICROSECOND
            ) IS NOT TRUE
        )
    )
