-- advance_watermark: moves last and never backwards, so a run that dies is repeated from here.
INSERT INTO consistency_watermarks (table_name, changed_until, run_id, updated_at)
VALUES (:table_name, :changed_until, :run_id, :now)
ON DUPLICATE KEY UPDATE
    run_id = VALUES(run_id),
    updated_at = VALUES(updated_at),
    changed_until = GREATEST(changed_until, VALUES(changed_until))
