-- get_review_item: one item, open or not.
SELECT
    id, company_id, entity_type, entity_id, reason, priority, status, context, proposal, assigned_to, reopened, created_at
FROM manual_review_queue
WHERE id = :item_id
