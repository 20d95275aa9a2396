-- purge_incidents: decided incidents beyond their retention.
DELETE FROM consistency_incidents
WHERE
    status IN ('rejected', 'closed')
    AND last_seen_at < :before
LIMIT :batch
