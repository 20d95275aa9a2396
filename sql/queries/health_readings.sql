-- health_readings: companies whose calendar somebody reads, and whose last complete reading of a kind is old or never was.
SELECT
    r.company_id,
    r.kind,
    r.completed_at
FROM consistency_calcom_readings AS r
WHERE
    COALESCE(r.completed_at, r.created_at) < IF(r.kind = 'changes', :changes, :horizon)
ORDER BY r.company_id, r.kind
