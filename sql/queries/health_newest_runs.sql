-- health_newest_runs: how the newest runs of a kind ended, the newest first.
SELECT
    r.id,
    r.status,
    r.error,
    r.rule_set,
    r.finished_at
FROM consistency_runs AS r
WHERE
    r.kind IN :kinds
    AND r.status <> 'running'
    AND r.started_at >= :since
ORDER BY r.started_at DESC
LIMIT :limit
