-- blockers_by_plugin: who holds a table, by MariaDB's plugin metadata_lock_info, where it is installed.
SELECT
    p.id AS connection_id,
    p.user AS account,
    p.time AS seconds,
    p.command AS state
FROM information_schema.metadata_lock_info AS l
INNER JOIN information_schema.processlist AS p ON l.thread_id = p.id
WHERE
    l.table_schema = DATABASE()
    AND l.table_name = :table_name
    AND p.id <> CONNECTION_ID()
GROUP BY p.id, p.user, p.time, p.command
ORDER BY p.time DESC
