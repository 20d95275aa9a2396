-- insert_correction: the audit of one change, with what is needed to undo it.
INSERT INTO consistency_corrections (
    run_id, rule, rule_fingerprint, correction, table_name, entity_id, company_id, before_values, after_values, evidence,
    authority, actor, applied_at
)
VALUES (
    :run_id, :rule, :rule_fingerprint, :correction, :table_name, :entity_id, :company_id, :before_values, :after_values,
    :evidence, :authority, :actor, :now
)
