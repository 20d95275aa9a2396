-- unsettled_of_rule: findings of a rule that still count.
SELECT id
FROM data_consistency_alerts
WHERE
    alert_type = :rule
    AND status IN ('open', 'in_review')
ORDER BY id
