-- loose_events: events of a run that no other carries on; the end of the run names them.
SELECT e.hash
FROM consistency_events AS e
WHERE
    e.run_id = :run_id
    AND NOT EXISTS (
        SELECT 1
        FROM consistency_events AS later
        WHERE
            later.run_id = e.run_id
            AND later.previous = e.hash
    )
ORDER BY e.id
