-- list_incidents: incidents in some states, oldest first.
SELECT
    id, kind, rule, table_name, company_id, status, found, cap, detail, run_id, rule_fingerprint, expires_at, applied_by,
    opened_at, last_seen_at, decided_at, decided_by
FROM consistency_incidents
WHERE status IN :statuses
ORDER BY id
