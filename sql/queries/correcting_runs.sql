-- correcting_runs: runs whose corrections still stand, newest first, as undo wants them.
SELECT
    run_id,
    COUNT(*) AS corrections
FROM consistency_corrections
WHERE undone_at IS NULL
GROUP BY run_id
ORDER BY MAX(id) DESC
