-- list_deliveries: what waits or was set aside, oldest first.
SELECT
    d.id, d.message_id, d.channel, d.recipient, d.status, d.attempts, d.due_at, d.last_error, d.created_at, o.subject
FROM consistency_deliveries AS d
INNER JOIN consistency_outbox AS o ON o.id = d.message_id
WHERE d.status IN ('waiting', 'set_aside')
ORDER BY d.id
LIMIT :limit OFFSET :offset
