-- health_real_run: when a run that was allowed to change rows began last.
SELECT MAX(r.started_at) AS since
FROM consistency_runs AS r
WHERE
    r.kind IN ('check', 'correct')
    AND r.dry_run = 0
