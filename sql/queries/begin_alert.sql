-- begin_alert: an alert about a topic that never had one on this route.
INSERT INTO consistency_alert_lives (topic, route, severity, updated_at)
VALUES (:topic, :route, :severity, :now)
ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)
