-- release_stale_claims: claims that nobody has worked on go back to the queue.
UPDATE manual_review_queue
SET
    status = 'pending',
    assigned_to = NULL,
    assigned_at = NULL,
    updated_at = :now
WHERE
    status = 'in_progress'
    AND assigned_at < :stale
