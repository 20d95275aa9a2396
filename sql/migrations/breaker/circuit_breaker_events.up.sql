-- circuit_breaker_events: which transition it was, and who wanted it if a person did.
ALTER TABLE circuit_breaker_events
ADD COLUMN generation BIGINT UNSIGNED NULL,
ADD COLUMN mode VARCHAR(20) NULL,
ADD COLUMN actor VARCHAR(191) NULL;
