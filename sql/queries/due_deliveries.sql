-- due_deliveries: what may be handed over now, oldest message first. A channel that lets nothing through waits as a whole.
SELECT
    d.id, d.channel, d.recipient, d.attempts,
    o.id AS message_id, o.dedupe_key, o.kind, o.severity, o.subject, o.body, o.created_at
FROM consistency_deliveries AS d
INNER JOIN consistency_outbox AS o ON o.id = d.message_id
LEFT JOIN consistency_channels AS c ON c.name = d.channel AND c.due_at > :now
WHERE
    d.status = 'waiting'
    AND d.due_at <= :now
    AND (d.lease_until IS NULL OR d.lease_until <= UTC_TIMESTAMP(6))
    AND c.name IS NULL
ORDER BY d.message_id, d.id
LIMIT :limit
