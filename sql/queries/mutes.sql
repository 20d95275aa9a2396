-- mutes: what is muted now or will be.
SELECT
    id, rule, company_id, starts_at, ends_at, reason, created_by
FROM consistency_alert_mutes
WHERE ends_at > :now
ORDER BY starts_at, id
