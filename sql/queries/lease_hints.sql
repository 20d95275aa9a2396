-- lease_hints: take some hints for some seconds; of two who try, one gets each. By the server's clock: those of services
-- differ.
UPDATE consistency_hints
SET
    lease_token = :token,
    lease_until = UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND,
    attempts = attempts + 1
WHERE
    id IN :ids
    AND done_at IS NULL
    AND (lease_until IS NULL OR lease_until <= UTC_TIMESTAMP(6))
