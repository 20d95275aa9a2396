-- open_incident: something a person must decide; open once, seen again as often as it lasts.
INSERT INTO consistency_incidents (
    kind, rule, table_name, company_id, status, found, cap, detail, run_id, opened_at, last_seen_at
)
VALUES (:kind, :rule, :table_name, :company_id, 'open', :found, :cap, :detail, :run_id, :now, :now)
ON DUPLICATE KEY UPDATE
    found = VALUES(found),
    cap = VALUES(cap),
    detail = VALUES(detail),
    last_seen_at = VALUES(last_seen_at)
