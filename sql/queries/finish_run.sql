-- finish_run: a run ended; counts are added by its tasks beforehand.
UPDATE consistency_runs
SET
    status = :status,
    finished_at = :now,
    counts = COALESCE(:counts, counts),
    error = :error
WHERE id = :run_id
