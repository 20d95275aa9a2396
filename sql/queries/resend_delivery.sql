-- resend_delivery: what was set aside, or waits, is tried again at once.
UPDATE consistency_deliveries
SET
    status = 'waiting',
    due_at = :now
WHERE
    id = :delivery_id
    AND status IN ('waiting', 'set_aside')
