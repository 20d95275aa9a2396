-- settle_plan_rows: what became of some rows of a plan, once.
UPDATE consistency_plan_rows
SET
    outcome = :outcome,
    why = :why,
    run_id = :run_id,
    settled_at = :now
WHERE
    incident_id = :incident_id
    AND entity_id IN :ids
    AND outcome IS NULL
