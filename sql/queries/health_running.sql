-- health_running: runs that are said to go on, and how long the longest good one of the kind took in the last week.
SELECT
    r.id,
    r.kind,
    r.started_at,
    COALESCE(r.alive_at, r.started_at) AS alive_at,
    (
        SELECT MAX(TIMESTAMPDIFF(SECOND, b.started_at, b.finished_at))
        FROM consistency_runs AS b
        WHERE
            b.kind = r.kind
            AND b.started_at >= :since
            AND b.status = 'succeeded'
    ) AS usual
FROM consistency_runs AS r
WHERE r.status = 'running'
ORDER BY r.started_at
