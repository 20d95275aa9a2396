-- lease_delivery: take a delivery for some seconds; of two who try, one gets it. By the server's clock: those of deliverers differ.
UPDATE consistency_deliveries
SET
    lease_token = :token,
    lease_until = UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND,
    attempts = attempts + 1
WHERE
    id = :delivery_id
    AND status = 'waiting'
    AND due_at <= :now
    AND (lease_until IS NULL OR lease_until <= UTC_TIMESTAMP(6))
