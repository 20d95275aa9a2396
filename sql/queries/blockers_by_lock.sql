-- blockers_by_lock: who holds a table, by the performance schema; no statement and no host is read.
SELECT
    t.processlist_id AS connection_id,
    t.processlist_user AS account,
    t.processlist_time AS seconds,
    COALESCE(t.processlist_command, '') AS state
FROM performance_schema.metadata_locks AS l
INNER JOIN performance_schema.threads AS t ON l.owner_thread_id = t.thread_id
WHERE
    l.object_schema = DATABASE()
    AND l.object_name = :table_name
    AND l.lock_status = 'GRANTED'
    AND t.processlist_id <> CONNECTION_ID()
GROUP BY t.processlist_id, t.processlist_user, t.processlist_time, t.processlist_command
ORDER BY t.processlist_time DESC
