-- settle_message: a message is sent when nothing of it waits, and failed while something of it does not get through.
UPDATE consistency_outbox AS o
SET
    o.attempts = o.attempts + 1,
    o.sent_at = COALESCE(o.sent_at, :sent_at),
    o.status = CASE
        WHEN EXISTS (
            SELECT 1
            FROM consistency_deliveries AS d
            WHERE d.message_id = o.id AND (d.status = 'set_aside' OR (d.status = 'waiting' AND d.attempts > 0))
        ) THEN 'failed'
        WHEN EXISTS (
            SELECT 1
            FROM consistency_deliveries AS d
            WHERE d.message_id = o.id AND d.status = 'waiting'
        ) THEN 'pending'
        ELSE 'sent'
    END,
    o.last_error = :error
WHERE o.id = :message_id
