-- message_failed: no channel took the message; it is tried again.
UPDATE consistency_outbox
SET
    status = 'failed',
    attempts = attempts + 1,
    last_error = :error
WHERE id = :message_id
