-- last_rows_checked: how many rows the newest check of a rule looked at.
SELECT r.rows_checked
FROM consistency_rule_results AS r
WHERE r.rule = :rule
ORDER BY r.evaluated_at DESC, r.id DESC
LIMIT 1
