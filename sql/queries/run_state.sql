-- run_state: whether a run is known, and how it stands.
SELECT status
FROM consistency_runs
WHERE id = :run_id
