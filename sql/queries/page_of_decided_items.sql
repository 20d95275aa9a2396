-- page_of_decided_items: items that ask no longer, newest first, from where the page before has ended.
SELECT
    id, company_id, entity_type, entity_id, reason, priority, status, kind, context, proposal, before_values, rule_fingerprint,
    fingerprint, assigned_to, snoozed_until, decision, decision_reason, decided_by, decision_run_id, reopened, created_at,
    due_at
FROM manual_review_queue
WHERE
    id < :item_id
    AND status IN ('resolved', 'dismissed')
    AND kind = :kind
    AND (:company_id IS NULL OR company_id = :company_id)
    AND (:all_companies OR company_id IN :companies)
    AND (:all_rules OR reason IN :rules)
    AND (:entity_id IS NULL OR entity_id = :entity_id)
    AND (:since_before IS NULL OR created_at <= :since_before)
    AND (:assignee IS NULL OR decided_by = :assignee)
ORDER BY id DESC
LIMIT :limit
