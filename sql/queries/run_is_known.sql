-- run_is_known: whether there was a run of this id; the booking guard names one with its changes alone.
SELECT
    EXISTS (
        SELECT 1
        FROM consistency_runs AS r
        WHERE r.id = :run_id
    )
    OR EXISTS (
        SELECT 1
        FROM consistency_corrections AS c
        WHERE c.run_id = :run_id
    ) AS is_known
