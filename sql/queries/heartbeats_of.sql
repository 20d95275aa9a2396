-- heartbeats_of: when some steps or sources were last alive.
SELECT
    name,
    seen_at
FROM consistency_heartbeats
WHERE name IN :names
