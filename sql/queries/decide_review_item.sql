-- decide_review_item: the decision of a person, on an item that is free or their own.
UPDATE manual_review_queue
SET
    status = :status,
    assigned_to = :actor,
    resolved_at = :now,
    resolution_notes = :notes,
    updated_at = :now
WHERE
    id = :item_id
    AND (status = 'pending' OR (status = 'in_progress' AND assigned_to = :actor))
