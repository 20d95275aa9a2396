-- plans_to_ask: incidents with a plan that can be approved and that no run holds before people; who reads them takes them.
SELECT
    id, kind, rule, table_name, company_id, status, found, cap, detail, run_id, rule_fingerprint, expires_at, applied_by,
    opened_at, last_seen_at, decided_at, decided_by
FROM consistency_incidents
WHERE
    status = 'open'
    AND kind = 'cap_exceeded'
    AND expires_at > :now
    AND (asked_until IS NULL OR asked_until <= :now OR asked_by = :asked_by)
FOR UPDATE
