-- delivery_sent: a channel took it. Also after its lease ran out: it is out of the house.
UPDATE consistency_deliveries
SET
    status = 'sent',
    lease_token = NULL,
    lease_until = NULL,
    last_error = NULL,
    settled_at = :now
WHERE
    id = :delivery_id
    AND status = 'waiting'
