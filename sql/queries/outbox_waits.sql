-- outbox_waits: whether anything is to be handed over, waits for its channel or a person, or has no recipient yet.
SELECT
    EXISTS (
        SELECT 1
        FROM consistency_deliveries AS d
        WHERE d.status IN ('waiting', 'set_aside')
    )
    OR EXISTS (
        SELECT 1
        FROM consistency_outbox AS o
        WHERE
            o.status IN ('pending', 'failed')
            AND NOT EXISTS (
                SELECT 1
                FROM consistency_deliveries AS d
                WHERE d.message_id = o.id
            )
    ) AS waits
