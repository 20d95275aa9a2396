-- health_switch: since when a switch stands as it does, and by whose hand.
SELECT
    s.updated_at,
    s.updated_by
FROM consistency_settings AS s
WHERE s.name = :name
