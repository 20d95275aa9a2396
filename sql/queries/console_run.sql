-- console_run: one run.
SELECT
    id,
    kind,
    status,
    actor,
    dry_run,
    started_at,
    finished_at,
    error
FROM consistency_runs
WHERE id = :run_id
