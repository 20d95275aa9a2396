-- calcom_readings_of: how far one company's calendar has been read.
SELECT
    kind,
    begun_at,
    lower_at,
    upper_at,
    next_at,
    completed_at,
    revision,
    run_id
FROM consistency_calcom_readings
WHERE company_id = :company_id
