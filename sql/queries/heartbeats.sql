-- heartbeats: when each step was last alive.
SELECT
    name,
    seen_at
FROM consistency_heartbeats
