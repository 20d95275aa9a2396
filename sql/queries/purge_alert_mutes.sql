-- purge_alert_mutes: mutes that ended long ago.
DELETE FROM consistency_alert_mutes
WHERE ends_at < :before
LIMIT :batch
