-- leased_hints: of some hints those that one lease holds.
SELECT
    id,
    provider,
    company_id,
    kind,
    ref,
    other_ref,
    received_at,
    attempts,
    agreed_at
FROM consistency_hints
WHERE
    id IN :ids
    AND lease_token = :token
ORDER BY id
