-- deaths_of_kind: open incidents about dead runs of the kind that a run is of, oldest first.
SELECT
    i.id, i.kind, i.rule, i.table_name, i.company_id, i.status, i.found, i.cap, i.detail, i.run_id, i.rule_fingerprint,
    i.expires_at, i.applied_by, i.opened_at, i.last_seen_at, i.decided_at, i.decided_by
FROM consistency_runs AS r
INNER JOIN consistency_incidents AS i ON i.rule = r.kind COLLATE utf8mb4_bin
WHERE
    r.id = :run_id
    AND i.kind = 'run_died'
    AND i.table_name = 'consistency_runs'
    AND i.status = 'open'
ORDER BY i.id
