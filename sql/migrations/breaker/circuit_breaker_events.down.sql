-- circuit_breaker_events: take them away again.
ALTER TABLE circuit_breaker_events
DROP COLUMN generation,
DROP COLUMN mode,
DROP COLUMN actor;
