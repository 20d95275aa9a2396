-- console_runs: runs that changed rows, newest first, with the changes that still stand; a run is one step of the index.
SELECT
    n.run_id,
    n.last_id,
    r.kind,
    r.actor,
    r.started_at,
    (
        SELECT COUNT(*)
        FROM consistency_corrections AS c
        WHERE c.run_id = n.run_id
    ) AS corrections,
    (
        SELECT COUNT(*)
        FROM consistency_corrections AS t
        INNER JOIN consistency_undos AS u ON t.id = u.correction_id
        WHERE t.run_id = n.run_id
    ) AS undone
FROM (
    SELECT run_id, MAX(id) AS last_id
    FROM consistency_corrections
    GROUP BY run_id
    HAVING MAX(id) < :before
    ORDER BY MAX(id) DESC
    LIMIT :limit
) AS n
LEFT JOIN consistency_runs AS r ON n.run_id = r.id
ORDER BY n.last_id DESC
