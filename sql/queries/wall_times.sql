-- wall_times: the columns of the source that keep no instant, but what a clock on the wall showed.
SELECT
    c.table_name AS table_name,
    c.column_name AS column_name
FROM information_schema.columns AS c
WHERE
    c.table_schema = DATABASE()
    AND c.data_type = 'datetime'
    AND c.table_name NOT REGEXP '^(consistency|circuit_breaker)_'
    AND c.table_name NOT IN ('data_consistency_alerts', 'manual_review_queue')
