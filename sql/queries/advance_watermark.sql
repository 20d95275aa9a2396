-- advance_watermark: moves last and never backwards, so a run that dies is repeated from here; one that lies ahead of the
-- server's clock is brought back.
INSERT INTO consistency_watermarks (table_name, rule, changed_until, run_id, updated_at)
VALUES (:table_name, '', :changed_until, :run_id, :now)
ON DUPLICATE KEY UPDATE
    run_id = VALUES(run_id),
    updated_at = VALUES(updated_at),
    changed_until = IF(changed_until > :server_now, VALUES(changed_until), GREATEST(changed_until, VALUES(changed_until)))
