-- console_companies_of_findings: every company that findings are of; one step of the index each.
SELECT DISTINCT company_id
FROM data_consistency_alerts
