-- count_page_items: how many open items a list is about, by how much they press; read from the same index as its pages.
SELECT
    priority,
    COUNT(*) AS items
FROM manual_review_queue
WHERE
    open_kind = :kind
    AND (:company_id IS NULL OR company_id = :company_id)
    AND (:all_companies OR company_id IN :companies)
    AND (:all_rules OR reason IN :rules)
    AND (:status IS NULL OR status = :status)
    AND (:assignee IS NULL OR assigned_to = :assignee)
    AND (:entity_id IS NULL OR entity_id = :entity_id)
    AND (:since_before IS NULL OR created_at <= :since_before)
    AND IF(:snoozed, snoozed_until > :now, snoozed_until IS NULL OR snoozed_until <= :now)
GROUP BY priority
