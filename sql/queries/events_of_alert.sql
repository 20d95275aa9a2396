-- events_of_alert: what has happened to an alert, newest first.
SELECT
    occurred_at, what, row_count, actor, detail
FROM consistency_alert_events
WHERE alert_id = :alert_id
ORDER BY id DESC
LIMIT :limit
