-- purge_plan_rows: plans of incidents that are gone.
DELETE FROM consistency_plan_rows
WHERE NOT EXISTS (
    SELECT 1
    FROM consistency_incidents AS i
    WHERE i.id = consistency_plan_rows.incident_id
)
LIMIT :batch
