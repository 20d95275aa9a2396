-- start_breaker_probing: the first probe after the cool-down; one asker gets it. The new generation is told as the id of
-- the statement. Opened never, or in the future because a clock was set back, counts as cooled down; what opened while the
-- statement waited for the row has another generation than the asker has seen.
UPDATE circuit_breaker_states
SET
    generation = LAST_INSERT_ID(generation + 1),
    current_state = 'half_open',
    success_count = 0,
    probes_running = 1,
    lease_until = UTC_TIMESTAMP(6) + INTERVAL :lease_us MICROSECOND,
    state_changed_at = UTC_TIMESTAMP(6),
    updated_at = UTC_TIMESTAMP(6)
WHERE
    service_key = :service_key
    AND mode = 'automatic'
    AND current_state = 'open'
    AND generation = :generation
    AND (
        opened_at > UTC_TIMESTAMP(6) - INTERVAL COOL_DOWN_US(reopenings) MICROSECOND AND opened_at <= UTC_TIMESTAMP(6)
    ) IS NOT TRUE
