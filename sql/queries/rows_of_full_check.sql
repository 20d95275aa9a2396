-- rows_of_full_check: how many rows the newest check of everything read for a rule.
SELECT rows_checked
FROM consistency_rule_results
WHERE
    rule = :rule
    AND scope = 'full'
    AND company_id IS NULL
    AND rows_checked IS NOT NULL
ORDER BY evaluated_at DESC
LIMIT 1
