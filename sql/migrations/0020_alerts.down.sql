-- 0020_alerts: take the tables away again.
DROP TABLE IF EXISTS consistency_alert_mutes;

DROP TABLE IF EXISTS consistency_alert_events;

DROP TABLE IF EXISTS consistency_alert_lives;
