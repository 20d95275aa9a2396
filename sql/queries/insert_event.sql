-- insert_event: one transition, for good.
INSERT INTO consistency_events (
    run_id, occurred_at, actor, kind, subject_id, rule, rule_fingerprint, entity_type, entity_id, company_id, state_from,
    state_to, detail, digest, previous, links, hash
)
VALUES (
    :run_id, :occurred_at, :actor, :kind, :subject_id, :rule, :rule_fingerprint, :entity_type, :entity_id, :company_id,
    :state_from, :state_to, :detail, :digest, :previous, :links, :hash
)
