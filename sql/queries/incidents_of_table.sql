-- incidents_of_table: open incidents of one kind about a table, oldest first.
SELECT
    id, kind, rule, table_name, company_id, status, found, cap, detail, run_id, rule_fingerprint, expires_at, applied_by,
    opened_at, last_seen_at, decided_at, decided_by
FROM consistency_incidents
WHERE
    kind = :kind
    AND table_name = :table_name
    AND status = 'open'
ORDER BY id
