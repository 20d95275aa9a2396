-- hints_due: hints that may be looked at now, of companies whose hints nobody looks at this moment.
SELECT
    h.id,
    h.provider,
    h.company_id
FROM consistency_hints AS h
WHERE
    h.done_at IS NULL
    AND h.due_at <= UTC_TIMESTAMP(6)
    AND (h.lease_until IS NULL OR h.lease_until <= UTC_TIMESTAMP(6))
    AND NOT EXISTS (
        SELECT 1
        FROM consistency_hints AS held
        WHERE
            held.lease_until > UTC_TIMESTAMP(6)
            AND held.done_at IS NULL
            AND held.provider = h.provider
            AND held.company_id <=> h.company_id
    )
ORDER BY h.due_at, h.id
LIMIT :limit
