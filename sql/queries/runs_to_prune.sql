-- runs_to_prune: runs of which nothing has happened since a time.
SELECT e.run_id
FROM consistency_events AS e
WHERE e.occurred_at < :before
GROUP BY e.run_id
HAVING NOT EXISTS (
    SELECT 1
    FROM consistency_events AS later
    WHERE
        later.run_id = e.run_id
        AND later.occurred_at >= :before
)
ORDER BY MIN(e.id)
LIMIT :batch
