-- list_api_keys: every key, without anything it could be made of.
SELECT
    id,
    company_id,
    name,
    expires_at,
    revoked_at,
    created_at,
    created_by
FROM consistency_api_keys
ORDER BY company_id, name
