-- open_incident: something a person must decide; who opens it holds the gate of its rule, so that it is opened once.
INSERT INTO consistency_incidents (
    kind, rule, table_name, company_id, status, found, cap, detail, run_id, rule_fingerprint, expires_at, opened_at,
    last_seen_at
)
VALUES (
    :kind, :rule, :table_name, :company_id, 'open', :found, :cap, :detail, :run_id, :rule_fingerprint, :expires_at, :now, :now
)
