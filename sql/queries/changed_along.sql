-- changed_along: columns that the database changed along with some corrections and whose values nobody kept.
SELECT
    digest,
    JSON_EXTRACT(detail, '$.along') AS along
FROM consistency_events
WHERE
    digest IN :digests
    AND kind = 'correction'
    AND state_to = 'applied'
    AND JSON_EXTRACT(detail, '$.along') IS NOT NULL
