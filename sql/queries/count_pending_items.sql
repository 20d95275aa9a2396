-- count_pending_items: open questions to people.
SELECT COUNT(*)
FROM manual_review_queue
WHERE
    status IN ('pending', 'in_progress')
    AND kind = 'question'
    AND (:company_id IS NULL OR company_id = :company_id)
