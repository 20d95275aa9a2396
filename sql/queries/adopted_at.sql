-- adopted_at: when this schema was declared to be ours.
SELECT created_at
FROM consistency_marker
WHERE id = 1
