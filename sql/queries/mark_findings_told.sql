-- mark_findings_told: a message names these findings.
UPDATE data_consistency_alerts
SET notified_at = :now
WHERE id IN :ids
