-- check_under_way: a check that has begun lately and has not ended, seen from a run that is none itself.
SELECT c.id
FROM consistency_runs AS c
WHERE
    c.kind = 'check'
    AND c.started_at >= :since
    AND c.status = 'running'
    AND NOT EXISTS (
        SELECT 1
        FROM consistency_runs AS own
        WHERE
            own.id = :run_id
            AND own.kind = 'check'
    )
ORDER BY c.started_at DESC
LIMIT 1
