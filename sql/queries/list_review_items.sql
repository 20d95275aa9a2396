-- list_review_items: open items, most urgent and oldest first.
SELECT
    id, company_id, entity_type, entity_id, reason, priority, status, context, proposal, assigned_to, reopened, created_at
FROM manual_review_queue
WHERE
    status IN ('pending', 'in_progress')
    AND (:company_id IS NULL OR company_id = :company_id)
ORDER BY priority, created_at, id
LIMIT :limit
