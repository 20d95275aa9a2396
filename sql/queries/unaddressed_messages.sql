-- unaddressed_messages: messages that nobody has been chosen for yet, oldest first.
SELECT
    o.id, o.dedupe_key, o.kind, o.severity, o.subject, o.body, o.created_at
FROM consistency_outbox AS o
WHERE
    o.status IN ('pending', 'failed')
    AND NOT EXISTS (
        SELECT 1
        FROM consistency_deliveries AS d
        WHERE d.message_id = o.id
    )
ORDER BY o.id
LIMIT 500
