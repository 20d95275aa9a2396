-- delivery_postponed: not now; given back by who holds it.
UPDATE consistency_deliveries
SET
    due_at = :due,
    lease_token = NULL,
    lease_until = NULL,
    last_error = :error
WHERE
    id = :delivery_id
    AND lease_token = :token
    AND status = 'waiting'
