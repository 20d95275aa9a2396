-- health_outbox: messages that do not get through though there was time to; what is set aside has a sign of its own.
SELECT
    COUNT(*) AS waiting,
    MIN(o.created_at) AS oldest,
    MAX(o.last_error) AS error
FROM consistency_outbox AS o
WHERE
    o.status IN ('pending', 'failed')
    AND (o.status = 'failed' OR o.created_at < :late)
    AND (
        NOT EXISTS (
            SELECT 1
            FROM consistency_deliveries AS d
            WHERE d.message_id = o.id
        )
        OR EXISTS (
            SELECT 1
            FROM consistency_deliveries AS d
            WHERE d.message_id = o.id AND d.status = 'waiting'
        )
    )
