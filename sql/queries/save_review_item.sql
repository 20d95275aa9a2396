-- save_review_item: where an item stands after a transition; it was locked and judged before.
UPDATE manual_review_queue
SET
    status = :status,
    assigned_to = :assigned_to,
    assigned_at = IF(:keep_claim, assigned_at, :assigned_at),
    snoozed_until = :snoozed_until,
    resolved_at = :resolved_at,
    resolution_notes = COALESCE(:notes, resolution_notes),
    decision = :decision,
    decision_reason = :decision_reason,
    decided_by = :decided_by,
    decision_run_id = :decision_run_id,
    updated_at = :now
WHERE id = :item_id
