-- list_review_items: open items of one kind, most urgent and oldest first; what is put off is not yet shown.
SELECT
    id, company_id, entity_type, entity_id, reason, priority, status, kind, context, proposal, before_values, rule_fingerprint,
    fingerprint, assigned_to, snoozed_until, decision, decision_reason, decided_by, decision_run_id, reopened, created_at,
    due_at
FROM manual_review_queue
WHERE
    status IN ('pending', 'in_progress')
    AND kind = :kind
    AND (:company_id IS NULL OR company_id = :company_id)
    AND (:all_companies OR company_id IN :companies)
    AND (:now IS NULL OR snoozed_until IS NULL OR snoozed_until <= :now)
ORDER BY priority, created_at, id
LIMIT :limit
