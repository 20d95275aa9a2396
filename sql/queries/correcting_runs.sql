-- correcting_runs: runs whose corrections still stand, newest first, as undo wants them.
SELECT
    c.run_id,
    COUNT(*) AS corrections
FROM consistency_corrections AS c
WHERE NOT EXISTS (
    SELECT 1
    FROM consistency_undos AS u
    WHERE u.correction_id = c.id
)
GROUP BY c.run_id
ORDER BY MAX(c.id) DESC
