-- data_consistency_alerts: without it again.
ALTER TABLE data_consistency_alerts
DROP KEY data_consistency_alerts_found_by;
