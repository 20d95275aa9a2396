-- discard_delivery: a person, or new settings, let it go.
UPDATE consistency_deliveries
SET
    status = 'discarded',
    lease_token = NULL,
    lease_until = NULL,
    settled_at = :now,
    settled_by = :actor
WHERE
    id = :delivery_id
    AND status IN ('waiting', 'set_aside')
