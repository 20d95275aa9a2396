-- advance_watermarks: as advance_watermark, of many tables at once: never backwards, and back from ahead of the clock.
INSERT INTO consistency_watermarks (table_name, rule, changed_until, run_id, updated_at)
VALUES (:table_name, :rule, :changed_until, :run_id, :now)
ON DUPLICATE KEY UPDATE
    run_id = VALUES(run_id),
    updated_at = VALUES(updated_at),
    changed_until = IF(
        changed_until > UTC_TIMESTAMP(6), VALUES(changed_until), GREATEST(changed_until, VALUES(changed_until))
    )
