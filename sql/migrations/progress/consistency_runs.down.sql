-- consistency_runs: take the signs of life away again.
ALTER TABLE consistency_runs
DROP KEY consistency_runs_status,
DROP COLUMN alive_at;
