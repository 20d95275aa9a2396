-- set_breaker_mode: what an operator wants. Calls that are under way say nothing any more: the generation moves.
UPDATE circuit_breaker_states
SET
    mode = :mode,
    mode_reason = :reason,
    mode_actor = :actor,
    mode_changed_at = UTC_TIMESTAMP(6),
    first_opened_at = IF(:state = 'open' AND current_state = 'closed', UTC_TIMESTAMP(6), first_opened_at),
    opened_at = IF(:state = 'open' AND current_state = 'closed', UTC_TIMESTAMP(6), opened_at),
    closed_at = IF(:state = 'closed' AND current_state <> 'closed', UTC_TIMESTAMP(6), closed_at),
    state_changed_at = IF(current_state <> :state, UTC_TIMESTAMP(6), state_changed_at),
    failure_count = IF(:state = 'closed', 0, failure_count),
    success_count = 0,
    reopenings = IF(:state = 'closed', 0, reopenings),
    probes_running = 0,
    lease_until = NULL,
    current_state = :state,
    generation = generation + 1,
    updated_at = UTC_TIMESTAMP(6)
WHERE service_key = :service_key
