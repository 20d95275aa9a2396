-- read_watermark: how far a table has been checked, exclusive, and the server's own time.
SELECT
    UTC_TIMESTAMP(6) AS server_now,
    (
        SELECT w.changed_until
        FROM consistency_watermarks AS w
        WHERE w.table_name = :table_name
    ) AS changed_until
