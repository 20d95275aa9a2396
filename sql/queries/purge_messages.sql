-- purge_messages: delivered messages beyond their retention.
DELETE FROM consistency_outbox
WHERE
    status = 'sent'
    AND sent_at < :before
LIMIT :batch
