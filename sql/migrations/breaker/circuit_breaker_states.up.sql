-- circuit_breaker_states: what the database needs to decide alone. `generation` tells results of calls that began before a
-- transition; the lease bounds the probes of all processes together.
ALTER TABLE circuit_breaker_states
ADD COLUMN generation BIGINT UNSIGNED NOT NULL DEFAULT 0,
ADD COLUMN reopenings INT UNSIGNED NOT NULL DEFAULT 0,
ADD COLUMN first_opened_at DATETIME(6) NULL,
ADD COLUMN probes_running INT UNSIGNED NOT NULL DEFAULT 0,
ADD COLUMN lease_until DATETIME(6) NULL,
ADD COLUMN mode ENUM('automatic', 'forced_open', 'disabled', 'metrics_only') NOT NULL DEFAULT 'automatic',
ADD COLUMN mode_reason VARCHAR(255) NULL,
ADD COLUMN mode_actor VARCHAR(191) NULL,
ADD COLUMN mode_changed_at DATETIME(6) NULL;
