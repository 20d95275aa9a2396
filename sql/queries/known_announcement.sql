-- known_announcement: what was said of an announcement before.
SELECT
    known.request_hash,
    known.announced_at,
    known.received_at,
    known.verdict,
    known.action,
    known.run_id
FROM consistency_announcements AS known
WHERE
    known.company_id = :company_id
    AND known.idempotency_key = :idempotency_key
