-- health_watermarks: how far each table, and each rule that could not be judged, has been checked, by the server's clock.
SELECT
    w.table_name,
    w.rule,
    w.changed_until,
    w.updated_at,
    UTC_TIMESTAMP(6) AS server_now
FROM consistency_watermarks AS w
ORDER BY w.table_name, w.rule
