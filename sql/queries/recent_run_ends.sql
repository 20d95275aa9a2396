-- recent_run_ends: the newest ends of runs and what they name, to find those that none has named.
SELECT
    e.hash,
    e.links
FROM consistency_events AS e
WHERE
    e.kind = 'run'
    AND e.links IS NOT NULL
ORDER BY e.id DESC
LIMIT :limit
