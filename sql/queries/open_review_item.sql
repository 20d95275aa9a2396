-- open_review_item: one open item a finding; an item already open keeps its claim and gets the newest context.
INSERT INTO manual_review_queue (
    company_id, entity_type, entity_id, call_id, reason, priority, status, context, proposal, fingerprint, run_id,
    reopened, created_at, updated_at
)
VALUES (
    :company_id, :entity, :entity_id, :call_id, :reason, :priority, :status, :context, :proposal, :fingerprint, :run_id,
    :reopened, :now, :now
)
ON DUPLICATE KEY UPDATE
    priority = LEAST(priority, VALUES(priority)),
    context = COALESCE(VALUES(context), context),
    proposal = COALESCE(VALUES(proposal), proposal),
    updated_at = VALUES(updated_at)
