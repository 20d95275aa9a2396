-- see_finding_again: a violation whose finding is open; what became of it since the scan is not touched.
INSERT INTO data_consistency_alerts (
    alert_type, catalogue, severity, entity_type, entity_id, company_id, description, detected_at, fingerprint,
    first_seen_at, last_seen_at, occurrences, status, run_id, rule_fingerprint, row_changed_at, created_at, updated_at
)
VALUES (
    :rule, :catalogue, :severity, :entity, :entity_id, :company_id, :description, :now, :fingerprint,
    :now, :now, :occurrences, :status, :run_id, :rule_fingerprint, :row_changed_at, :now, :now
)
ON DUPLICATE KEY UPDATE
    severity = VALUES(severity),
    company_id = VALUES(company_id),
    description = VALUES(description),
    occurrences = occurrences + IF(status IN ('resolved', 'corrected', 'parked'), 0, 1),
    last_seen_at = IF(status IN ('resolved', 'corrected', 'parked'), last_seen_at, VALUES(last_seen_at)),
    updated_at = VALUES(updated_at),
    rule_fingerprint = VALUES(rule_fingerprint),
    row_changed_at = VALUES(row_changed_at)
