-- silent_before: rules whose newest verdict since a time is that they could not be evaluated, or not for a company, and why.
SELECT
    r.rule,
    r.reason,
    r.mode,
    r.rule_fingerprint
FROM consistency_rule_results AS r
INNER JOIN (
    SELECT MAX(id) AS id
    FROM consistency_rule_results
    WHERE
        rule IN :rules
        AND evaluated_at >= :since
        AND company_id <=> :company_id
    GROUP BY rule
) AS newest ON r.id = newest.id
WHERE r.outcome = 'not_evaluated' OR r.reason IS NOT NULL
