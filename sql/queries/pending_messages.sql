-- pending_messages: messages to deliver, oldest first.
SELECT
    id,
    dedupe_key,
    kind,
    severity,
    subject,
    body
FROM consistency_outbox
WHERE
    status IN ('pending', 'failed')
    AND attempts < :attempts
ORDER BY id
LIMIT 100
