-- health_plans: plans that were approved and not applied in time, and those whose application never ended.
SELECT
    i.id,
    i.rule,
    i.status,
    i.expires_at
FROM consistency_incidents AS i
WHERE
    i.status IN ('approved', 'applying')
    AND i.decided_at < :late
ORDER BY i.id
