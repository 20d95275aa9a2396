-- revoke_api_key: from now on it opens nothing.
UPDATE consistency_api_keys
SET revoked_at = :now
WHERE
    id = :id
    AND revoked_at IS NULL
