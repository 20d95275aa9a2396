-- beat_of_run: a run has done the whole of its work; `doctor` says when none of a kind has for long.
INSERT INTO consistency_heartbeats (name, seen_at, run_id)
SELECT
    r.kind,
    :now,
    r.id
FROM consistency_runs AS r
WHERE r.id = :run_id
ON DUPLICATE KEY UPDATE
    seen_at = :now,
    run_id = :run_id
