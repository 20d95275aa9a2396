-- consistency_runs: when a run gave its last sign of life, so that those of the dead can be ended.
ALTER TABLE consistency_runs
ADD COLUMN alive_at DATETIME(6) NULL AFTER started_at,
ADD KEY consistency_runs_status (status, alive_at);
