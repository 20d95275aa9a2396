-- put_hints_off: to be looked at again; what the calendar has said once it need not say again.
UPDATE consistency_hints
SET
    due_at = UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND,
    agreed_at = IF(:agreed, COALESCE(agreed_at, UTC_TIMESTAMP(6)), agreed_at),
    attempts = attempts - :uncounted,
    lease_token = NULL,
    lease_until = NULL
WHERE
    id IN :ids
    AND lease_token = :token
