-- try_to_prune: deletes nothing; says whether this user might.
DELETE FROM consistency_events
WHERE FALSE
