-- alerts/data_consistency_alerts: take the index away again.
ALTER TABLE data_consistency_alerts
DROP INDEX data_consistency_alerts_told;
