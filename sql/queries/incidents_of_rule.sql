-- incidents_of_rule: what is not yet settled about one rule, oldest first.
SELECT
    id, kind, rule, table_name, company_id, status, found, cap, detail, run_id, rule_fingerprint, expires_at, applied_by,
    opened_at, last_seen_at, decided_at, decided_by
FROM consistency_incidents
WHERE
    rule = :rule
    AND status IN ('open', 'approved', 'applying')
ORDER BY id
