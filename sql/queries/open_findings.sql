-- open_findings: findings of one rule that nobody has dealt with, with what decides their fate.
SELECT
    a.entity_id,
    a.company_id,
    a.row_changed_at,
    (
        SELECT COUNT(*)
        FROM consistency_corrections AS c
        WHERE
            c.table_name = :table_name
            AND c.entity_id = a.entity_id
            AND c.rule = a.alert_type
            AND c.applied_at >= :since
            AND c.undone_at IS NULL
    ) AS recent_corrections
FROM data_consistency_alerts AS a
WHERE
    a.alert_type = :rule
    AND a.status = 'open'
    AND (:company_id IS NULL OR a.company_id = :company_id)
ORDER BY a.entity_id
