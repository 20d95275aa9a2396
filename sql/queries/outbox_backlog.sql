-- outbox_backlog: messages nobody has received yet.
SELECT
    COUNT(*) AS waiting,
    MIN(created_at) AS oldest
FROM consistency_outbox
WHERE status IN ('pending', 'failed')
