-- start_run: a run begins, or a retried task of it goes on.
INSERT INTO consistency_runs (id, kind, status, actor, dry_run, rule_set, started_at, alive_at)
VALUES (:run_id, :kind, 'running', :actor, :dry_run, :rule_set, :now, :now)
ON DUPLICATE KEY UPDATE
    status = 'running',
    error = NULL,
    finished_at = NULL,
    alive_at = VALUES(alive_at)
