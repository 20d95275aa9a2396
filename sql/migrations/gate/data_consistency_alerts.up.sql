-- data_consistency_alerts: what a check has found, for the share of its rows that may be changed.
ALTER TABLE data_consistency_alerts
ADD KEY data_consistency_alerts_found_by (alert_type, run_id);
