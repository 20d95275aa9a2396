-- stale_claims: claims that nobody has worked on; they go back to the queue.
SELECT id
FROM manual_review_queue
WHERE
    status = 'in_progress'
    AND assigned_at < :stale
    AND (snoozed_until IS NULL OR snoozed_until <= :now)
ORDER BY id
LIMIT :batch
