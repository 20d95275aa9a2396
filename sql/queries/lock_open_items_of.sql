-- lock_open_items_of: open items about some findings, or about corrections of them, before they are closed.
SELECT
    id, company_id, entity_type, entity_id, reason, priority, status, kind, context, proposal, before_values, rule_fingerprint,
    fingerprint, assigned_to, snoozed_until, decision, decision_reason, decided_by, decision_run_id, reopened, created_at,
    due_at
FROM manual_review_queue
WHERE
    fingerprint IN :fingerprints
    AND status IN ('pending', 'in_progress')
FOR UPDATE
