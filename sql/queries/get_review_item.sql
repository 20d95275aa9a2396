-- get_review_item: one item, open or not.
SELECT
    id, company_id, entity_type, entity_id, reason, priority, status, kind, context, proposal, before_values, rule_fingerprint,
    fingerprint, assigned_to, snoozed_until, decision, decision_reason, decided_by, decision_run_id, reopened, created_at,
    due_at
FROM manual_review_queue
WHERE id = :item_id
