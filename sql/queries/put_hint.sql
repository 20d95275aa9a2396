-- put_hint: something is said to have happened; the same message again is counted.
INSERT INTO consistency_hints (
    provider, company_id, kind, ref, other_ref, digest, said_at, received_at, due_at
)
VALUES (
    :provider, :company_id, :kind, :ref, :other_ref, :digest, :said_at, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
)
ON DUPLICATE KEY UPDATE
    repeats = repeats + 1
