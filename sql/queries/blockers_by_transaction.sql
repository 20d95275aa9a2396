-- blockers_by_transaction: transactions open in this schema, oldest first; one of them holds the table, its name is not known.
SELECT
    p.id AS connection_id,
    p.user AS account,
    TIMESTAMPDIFF(SECOND, x.trx_started, NOW()) AS seconds,
    p.command AS state
FROM information_schema.innodb_trx AS x
INNER JOIN information_schema.processlist AS p ON x.trx_mysql_thread_id = p.id
WHERE
    p.db = DATABASE()
    AND p.id <> CONNECTION_ID()
    AND :table_name <> ''
ORDER BY x.trx_started
