-- rules_with_unsettled_findings: rules whose findings still count; what triggers note on their own carries no fingerprint.
-- Any of each rule is looked for, by the index: of one cause there may be hundreds of thousands; MySQL would sort them.
SELECT r.alert_type
FROM (SELECT DISTINCT alert_type FROM data_consistency_alerts) AS r
WHERE (
    SELECT f.id
    FROM data_consistency_alerts AS f
    WHERE
        f.alert_type = r.alert_type
        AND f.status IN ('open', 'in_review')
        AND f.rule_fingerprint IS NOT NULL
    LIMIT 1 -- noqa: AM09
) IS NOT NULL
