-- message_of: one message of the outbox.
SELECT
    id, dedupe_key, kind, severity, subject, body, created_at
FROM consistency_outbox
WHERE id = :message_id
