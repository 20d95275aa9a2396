-- beat: a source of evidence has reported; `doctor` says when one has gone silent.
INSERT INTO consistency_heartbeats (name, seen_at, run_id)
VALUES (:name, :now, :run_id)
ON DUPLICATE KEY UPDATE
    seen_at = VALUES(seen_at),
    run_id = VALUES(run_id)
