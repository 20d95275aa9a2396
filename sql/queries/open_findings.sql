-- open_findings: findings of one rule that nobody has dealt with, with what decides their fate.
SELECT
    a.entity_id,
    a.company_id,
    a.row_changed_at,
    a.run_id,
    refused.decided_at AS rejected_at,
    refused.found AS rejected_found,
    (
        SELECT COUNT(*)
        FROM consistency_corrections AS c
        WHERE
            c.table_name = :table_name
            AND c.entity_id = a.entity_id
            AND c.rule = a.alert_type
            AND c.applied_at >= :since
            AND NOT EXISTS (
                SELECT 1
                FROM consistency_undos AS u
                WHERE u.correction_id = c.id
            )
    ) AS recent_corrections
FROM data_consistency_alerts AS a
LEFT JOIN (
    SELECT
        p.entity_id,
        MAX(i.decided_at) AS decided_at,
        MAX(i.found) AS found
    FROM consistency_incidents AS i
    INNER JOIN consistency_plan_rows AS p ON i.id = p.incident_id
    WHERE
        i.rule = :rule
        AND i.status = 'rejected'
        AND i.rule_fingerprint = :rule_fingerprint
        AND p.table_name = :table_name
    GROUP BY p.entity_id
) AS refused ON a.entity_id = refused.entity_id
WHERE
    a.alert_type = :rule
    AND a.status = 'open'
    AND (:company_id IS NULL OR a.company_id = :company_id)
ORDER BY a.entity_id
