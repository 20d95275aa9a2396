-- health_outbox: messages that nobody has received though there was time to deliver them, and those that are tried no more.
SELECT
    COALESCE(SUM(attempts < :attempts AND (status = 'failed' OR created_at < :late)), 0) AS waiting,
    COALESCE(SUM(attempts >= :attempts), 0) AS given_up,
    MIN(created_at) AS oldest,
    MAX(last_error) AS error
FROM consistency_outbox
WHERE status IN ('pending', 'failed')
