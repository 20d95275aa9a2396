-- silent_runs: runs that are said to go on and have given no sign of life for long.
SELECT
    r.id,
    r.kind,
    COALESCE(r.alive_at, r.started_at) AS alive_at
FROM consistency_runs AS r
WHERE
    r.status = 'running'
    AND COALESCE(r.alive_at, r.started_at) < IF(r.kind = 'check', :checks, :others)
ORDER BY r.id
