-- upsert_finding: a violation that was judged under the finding's lock; the row of the ledger is opened or reopened.
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
    detected_at = IF(status IN ('resolved', 'corrected'), VALUES(detected_at), detected_at),
    reopened = reopened + IF(status IN ('resolved', 'corrected'), 1, 0),
    notified_at = IF(status IN ('resolved', 'corrected'), NULL, notified_at),
    auto_corrected = IF(status IN ('resolved', 'corrected'), 0, auto_corrected),
    corrected_at = IF(status IN ('resolved', 'corrected'), NULL, corrected_at),
    resolution_notes = IF(status IN ('resolved', 'corrected'), NULL, resolution_notes),
    run_id = IF(status IN ('resolved', 'corrected'), VALUES(run_id), run_id),
    resolved_at = IF(status IN ('accepted', 'dismissed'), resolved_at, NULL),
    occurrences = occurrences + 1,
    last_seen_at = VALUES(last_seen_at),
    updated_at = VALUES(updated_at),
    rule_fingerprint = VALUES(rule_fingerprint),
    row_changed_at = VALUES(row_changed_at),
    status = IF(status IN ('resolved', 'corrected', 'parked'), 'open', status)
