-- open_review_item: one open item a finding; an item already open keeps its claim and gets the newest context and values.
INSERT INTO manual_review_queue (
    company_id, entity_type, entity_id, call_id, reason, priority, status, kind, context, proposal, before_values,
    rule_fingerprint, fingerprint, run_id, reopened, created_at, updated_at, due_at
)
VALUES (
    :company_id, :entity, :entity_id, :call_id, :reason, :priority, :status, :kind, :context, :proposal, :before_values,
    :rule_fingerprint, :fingerprint, :run_id, :reopened, :now, :now, :due_at
)
ON DUPLICATE KEY UPDATE
    priority = LEAST(priority, VALUES(priority)),
    context = COALESCE(VALUES(context), context),
    proposal = VALUES(proposal),
    before_values = VALUES(before_values),
    rule_fingerprint = VALUES(rule_fingerprint),
    due_at = VALUES(due_at),
    updated_at = VALUES(updated_at)
