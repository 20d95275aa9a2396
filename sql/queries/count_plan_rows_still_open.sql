-- count_plan_rows_still_open: rows of a plan whose finding still waits; none left: there is nothing to decide.
SELECT COUNT(*)
FROM consistency_plan_rows AS p
INNER JOIN data_consistency_alerts AS a ON p.entity_id = a.entity_id
WHERE
    p.incident_id = :incident_id
    AND p.outcome IS NULL
    AND a.alert_type = :rule
    AND a.status = 'open'
