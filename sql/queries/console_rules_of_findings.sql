-- console_rules_of_findings: every rule that findings are of, also those that are in no suite any more; one step of the index each.
SELECT DISTINCT alert_type AS rule
FROM data_consistency_alerts
