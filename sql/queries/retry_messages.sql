-- retry_messages: messages that were given up are delivered again, as if they were new.
UPDATE consistency_outbox
SET
    status = 'pending',
    attempts = 0
WHERE
    status IN ('pending', 'failed')
    AND attempts >= :attempts
