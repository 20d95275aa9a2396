-- undelivered: what does not get through: tried in vain, behind a channel that fails, or set aside.
SELECT
    COALESCE(SUM(d.status = 'waiting'), 0) AS waiting,
    COALESCE(SUM(d.status = 'set_aside'), 0) AS set_aside,
    MIN(d.created_at) AS oldest,
    MAX(d.last_error) AS last_error
FROM consistency_deliveries AS d
LEFT JOIN consistency_channels AS c ON c.name = d.channel
WHERE
    d.status = 'set_aside'
    OR (
        d.status = 'waiting'
        AND (d.last_error IS NOT NULL OR c.name IS NOT NULL)
    )
