-- end_hints: nothing is left to be looked at; the rows stay a while, so that the same message again is known.
UPDATE consistency_hints
SET
    done_at = UTC_TIMESTAMP(6),
    lease_token = NULL,
    lease_until = NULL
WHERE
    id IN :ids
    AND lease_token = :token
