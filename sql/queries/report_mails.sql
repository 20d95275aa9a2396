-- report_mails: messages that nobody has got.
SELECT
    COALESCE(SUM(status = 'pending'), 0) AS pending,
    COALESCE(SUM(status = 'failed'), 0) AS failed,
    MIN(created_at) AS oldest
FROM consistency_outbox
WHERE status IN ('pending', 'failed')
