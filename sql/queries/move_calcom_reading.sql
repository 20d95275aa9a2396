-- move_calcom_reading: one step of a reading, in the transaction that stores what was read; not if another has moved it.
UPDATE consistency_calcom_readings
SET
    begun_at = :begun_at,
    lower_at = :lower_at,
    upper_at = :upper_at,
    next_at = :next_at,
    completed_at = :completed_at,
    run_id = :run_id,
    updated_at = :now,
    revision = revision + 1
WHERE
    company_id = :company_id
    AND kind = :kind
    AND revision = :revision
