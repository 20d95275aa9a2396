-- purge_alert_events: what happened to alerts long ago.
DELETE FROM consistency_alert_events
WHERE occurred_at < :before
LIMIT :batch
