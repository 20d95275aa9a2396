-- health_claims: questions that somebody claimed and that should have gone back to the queue.
SELECT COUNT(*) AS abandoned
FROM manual_review_queue AS q
WHERE
    q.status = 'in_progress'
    AND q.assigned_at < :stale
    AND (q.snoozed_until IS NULL OR q.snoozed_until <= :now)
