-- circuit_breaker_states: take them away again.
ALTER TABLE circuit_breaker_states
DROP COLUMN generation,
DROP COLUMN reopenings,
DROP COLUMN first_opened_at,
DROP COLUMN probes_running,
DROP COLUMN lease_until,
DROP COLUMN mode,
DROP COLUMN mode_reason,
DROP COLUMN mode_actor,
DROP COLUMN mode_changed_at;
