-- watermarks_ahead: tables whose watermark lies in the future of the server's clock.
SELECT DISTINCT w.table_name
FROM consistency_watermarks AS w
WHERE w.changed_until > UTC_TIMESTAMP(6) + INTERVAL 1 MINUTE
ORDER BY w.table_name
