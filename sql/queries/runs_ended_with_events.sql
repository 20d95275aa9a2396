-- runs_ended_with_events: runs that ended and of which there are events.
SELECT r.id
FROM consistency_runs AS r
WHERE
    r.status <> 'running'
    AND EXISTS (
        SELECT 1
        FROM consistency_events AS e
        WHERE e.run_id = r.id
    )
ORDER BY r.id
