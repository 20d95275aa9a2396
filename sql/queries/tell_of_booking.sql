-- tell_of_booking: the guard's own finding about a call; told again it is only seen again, or opened again.
INSERT INTO data_consistency_alerts (
    alert_type, catalogue, severity, entity_type, entity_id, company_id, description, metadata, detected_at, fingerprint,
    first_seen_at, last_seen_at, occurrences, status, run_id, created_at, updated_at
)
VALUES (
    :rule, 'B-03', 'critical', 'call', :call_id, :company_id, :description, :metadata, :now, :fingerprint,
    :now, :now, 1, 'open', :run_id, :now, :now
)
ON DUPLICATE KEY UPDATE
    reopened = reopened + IF(status IN ('resolved', 'corrected', 'accepted', 'dismissed'), 1, 0),
    detected_at = IF(status IN ('resolved', 'corrected', 'accepted', 'dismissed'), VALUES(detected_at), detected_at),
    notified_at = IF(status IN ('resolved', 'corrected', 'accepted', 'dismissed'), NULL, notified_at),
    resolution_notes = NULL,
    metadata = VALUES(metadata),
    run_id = VALUES(run_id),
    resolved_at = NULL,
    occurrences = occurrences + 1,
    last_seen_at = VALUES(last_seen_at),
    updated_at = VALUES(updated_at),
    status = IF(status IN ('resolved', 'corrected', 'accepted', 'dismissed'), 'open', status)
