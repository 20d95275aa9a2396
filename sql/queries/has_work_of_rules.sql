-- has_work_of_rules: whether any of some rules has open findings, or something that a person is asked or has decided.
SELECT
    EXISTS (
        SELECT 1
        FROM data_consistency_alerts AS a
        WHERE
            a.alert_type IN :rules
            AND a.status = 'open'
    )
    OR EXISTS (
        SELECT 1
        FROM consistency_incidents AS i
        WHERE
            i.rule IN :rules
            AND i.status IN ('open', 'approved', 'applying')
    ) AS has_work
