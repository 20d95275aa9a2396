-- other_items_of_row: what else people are asked about a row.
SELECT
    id,
    reason,
    status
FROM manual_review_queue
WHERE
    entity_type = :entity
    AND entity_id = :entity_id
    AND (:company_id IS NULL OR company_id IS NULL OR company_id = :company_id)
    AND id <> :item_id
    AND status IN ('pending', 'in_progress')
ORDER BY id
LIMIT :limit
