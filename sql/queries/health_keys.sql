-- health_keys: keys of the booking service that end soon, or ended lately, and have no successor of that company.
SELECT
    k.company_id,
    k.name,
    k.expires_at
FROM consistency_api_keys AS k
WHERE
    k.revoked_at IS NULL
    AND k.expires_at BETWEEN :ended AND :soon
    AND NOT EXISTS (
        SELECT 1
        FROM consistency_api_keys AS n
        WHERE
            n.company_id = k.company_id
            AND n.revoked_at IS NULL
            AND (n.expires_at IS NULL OR n.expires_at > :soon)
    )
ORDER BY k.expires_at
