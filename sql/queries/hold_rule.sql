-- hold_rule: a rule that could not be judged goes on from where it was judged last.
INSERT INTO consistency_watermarks (table_name, rule, changed_until, run_id, updated_at)
VALUES (:table_name, :rule, :changed_until, :run_id, :now)
ON DUPLICATE KEY UPDATE
    run_id = VALUES(run_id),
    updated_at = VALUES(updated_at),
    changed_until = LEAST(changed_until, VALUES(changed_until))
