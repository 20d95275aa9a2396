-- message_sent: a channel took the message.
UPDATE consistency_outbox
SET
    status = 'sent',
    attempts = attempts + 1,
    sent_at = :now,
    last_error = NULL
WHERE id = :message_id
