-- health_transactions: transactions that changed or locked rows and have been open for long; times in UTC.
SELECT
    t.trx_mysql_thread_id AS thread,
    UTC_TIMESTAMP() - INTERVAL TIMESTAMPDIFF(
        SECOND, t.trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')
    ) SECOND AS since
FROM information_schema.innodb_trx AS t
WHERE
    (t.trx_rows_modified > 0 OR t.trx_lock_structs > 0)
    AND TIMESTAMPDIFF(SECOND, t.trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')) > :seconds
ORDER BY t.trx_started
