-- unsettled_without_call: findings of the booking guard about calls that are gone; no check would ever see that.
SELECT f.id
FROM data_consistency_alerts AS f
WHERE
    f.alert_type IN :rules
    AND f.status IN ('open', 'in_review')
    AND NOT EXISTS (
        SELECT 1
        FROM calls AS c
        WHERE c.id = f.entity_id
    )
ORDER BY f.id
