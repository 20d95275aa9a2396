-- sign_of_run: a step of a run was done.
UPDATE consistency_runs
SET alive_at = :now
WHERE id = :run_id
