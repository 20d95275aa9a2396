-- STORE_PARKED_CLAIM(call_id, company): a claim that waits for its appointment becomes an alert, once a call; metadata holds codes only.
INSERT INTO data_consistency_alerts (
    alert_type, catalogue, severity, entity_type, entity_id, company_id, description, metadata, detected_at,
    fingerprint, first_seen_at, last_seen_at, occurrences, status, created_at, updated_at
)
VALUES (
    'booking_claim_parked', 'B-03', 'warning', 'call', :call_id, :company,
    'The call claims a booking, but has no appointment yet.', @consistency_parked_claim, UTC_TIMESTAMP(6),
    SHA2(CONCAT('booking_claim_parked:call:', :call_id), 256), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1, 'parked',
    UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
)
ON DUPLICATE KEY UPDATE
    detected_at = IF(status = 'parked', detected_at, UTC_TIMESTAMP(6)),
    reopened = reopened + (status <> 'parked'),
    occurrences = occurrences + 1,
    metadata = VALUES(metadata),
    last_seen_at = UTC_TIMESTAMP(6),
    resolved_at = NULL,
    resolution_notes = NULL,
    updated_at = UTC_TIMESTAMP(6),
    status = 'parked';
