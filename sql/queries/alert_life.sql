-- alert_life: one alert.
SELECT
    id, topic, route, opened_at, severity, row_count, quiet_since, closed_at, last_opened_at, returns, told_at, known_at,
    known_rows, known_severity, renewals, acknowledged_at, acknowledged_by, snoozed_until, escalated_at, thread, subject, places
FROM consistency_alert_lives
WHERE id = :alert_id
