-- alerts/data_consistency_alerts: open findings by rule and company are counted from an index alone.
ALTER TABLE data_consistency_alerts
ADD INDEX data_consistency_alerts_told (status, severity, alert_type, company_id, first_seen_at);
