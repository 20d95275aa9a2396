-- report_incidents: what waits for a person's decision.
SELECT id, kind, rule, table_name, found, cap, detail, opened_at
FROM consistency_incidents
WHERE status = 'open'
ORDER BY id
