-- open_check: what a check of tables begins with, in one trip: clock, running transactions, watermarks, what is silent.
-- Read before anything is looked at. A transaction that changed a row has stamped it at its beginning at the earliest; what it
-- changes later is stamped later. Without the PROCESS privilege the second part is left out; the last one is asked of each table.
SELECT
    'clock' AS kind,
    '' AS about,
    '' AS name,
    UTC_TIMESTAMP(6) AS moment
UNION ALL
SELECT
    'transaction',
    '',
    '',
    MIN(
        UTC_TIMESTAMP(6)
        - INTERVAL 1 + GREATEST(
            0, TIMESTAMPDIFF(SECOND, t.trx_started, CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM'))
        ) SECOND
    )
FROM information_schema.innodb_trx AS t
WHERE t.trx_rows_modified > 0 OR t.trx_lock_structs > 0
UNION ALL
SELECT
    'watermark',
    w.table_name,
    w.rule,
    w.changed_until
FROM consistency_watermarks AS w
WHERE w.table_name IN :tables
UNION ALL
SELECT
    'incident',
    i.table_name,
    i.rule,
    i.opened_at
FROM consistency_incidents AS i
WHERE
    i.kind = 'not_evaluated'
    AND i.table_name IN :tables
    AND i.status = 'open'
UNION ALL
SELECT
    'heartbeat',
    '',
    h.name,
    h.seen_at
FROM consistency_heartbeats AS h
WHERE h.name IN :names
UNION ALL
SELECT
    'reading',
    '',
    CONCAT(r.company_id),
    MIN(r.created_at)
FROM consistency_calcom_readings AS r
GROUP BY r.company_id
UNION ALL
SELECT
    k.kind,
    '',
    CONCAT(k.company_id),
    k.completed_at
FROM consistency_calcom_readings AS k
UNION ALL
SELECT
    'mapping',
    '',
    '',
    UTC_TIMESTAMP(6)
FROM information_schema.tables AS m
WHERE
    m.table_schema = DATABASE()
    AND m.table_name = 'consistency_mapping'
UNION ALL
SELECT
    'finding',
    :table_name,
    '',
    UTC_TIMESTAMP(6)
FROM DUAL
WHERE
    EXISTS (
        SELECT 1
        FROM data_consistency_alerts AS f
        WHERE
            f.alert_type IN :rules
            AND f.status IN ('open', 'in_review')
    )
