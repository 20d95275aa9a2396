-- rules_with_work: rules of a table with open findings, or with something that a person is asked or has decided.
SELECT DISTINCT a.alert_type AS rule
FROM data_consistency_alerts AS a
WHERE
    a.status = 'open'
    AND a.entity_type = :entity
UNION
SELECT i.rule
FROM consistency_incidents AS i
WHERE
    i.table_name = :table_name
    AND i.status IN ('open', 'approved', 'applying')
