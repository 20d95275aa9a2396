-- delivery_set_aside: never as it is; a person corrects the cause and sends it again, or lets it go.
UPDATE consistency_deliveries
SET
    status = 'set_aside',
    lease_token = NULL,
    lease_until = NULL,
    last_error = :error
WHERE
    id = :delivery_id
    AND lease_token = :token
    AND status = 'waiting'
