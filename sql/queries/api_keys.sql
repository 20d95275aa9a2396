-- api_keys: the keys that are neither revoked nor expired, by their hashes.
SELECT
    key_hash,
    company_id,
    name
FROM consistency_api_keys
WHERE
    revoked_at IS NULL
    AND (expires_at IS NULL OR expires_at > :now)
