-- insert_rule_result: the verdict of one rule in one run, the history behind the report.
INSERT INTO consistency_rule_results (
    run_id, table_name, rule, catalogue, severity, mode, rule_fingerprint, outcome, rows_checked, violations, reason,
    scope, company_id, evaluated_at
)
VALUES (
    :run_id, :table_name, :rule, :catalogue, :severity, :mode, :rule_fingerprint, :outcome, :rows_checked, :violations,
    :reason, :scope, :company_id, :now
)
