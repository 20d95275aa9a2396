-- delete_old_corrections: audit beyond its retention that is older than all events.
DELETE FROM consistency_corrections
WHERE
    applied_at < :before
    AND NOT EXISTS (
        SELECT 1
        FROM consistency_events AS e
        WHERE e.run_id = consistency_corrections.run_id
    )
