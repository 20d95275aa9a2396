-- claim_review_item: a reviewer takes a pending item; the row count says who was first.
UPDATE manual_review_queue
SET
    status = 'in_progress',
    assigned_to = :actor,
    assigned_at = :now,
    updated_at = :now
WHERE
    id = :item_id
    AND status = 'pending'
