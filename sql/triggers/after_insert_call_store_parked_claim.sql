-- after_insert_call_store_parked_claim: a parked claim of a new call becomes an alert with the real id of the call.
-- enforces: parked_booking_claim_has_appointment (B-03)
-- An alert that cannot be stored is dropped: it never fails the write it tells about. Metadata holds codes only.
CREATE TRIGGER after_insert_call_store_parked_claim
AFTER INSERT ON calls
FOR EACH ROW
BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF @consistency_parked_claim IS NOT NULL AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        INSERT INTO data_consistency_alerts (
            alert_type, catalogue, severity, entity_type, entity_id, company_id, description, metadata, detected_at,
            fingerprint, first_seen_at, last_seen_at, occurrences, status, created_at, updated_at
        )
        VALUES (
            'booking_claim_parked', 'B-03', 'warning', 'call', NEW.id, NEW.company_id,
            'The call claims a booking, but has no appointment yet.', @consistency_parked_claim, UTC_TIMESTAMP(6),
            SHA2(CONCAT('booking_claim_parked:call:', NEW.id), 256), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1, 'parked',
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
    END IF;
    SET @consistency_parked_claim = NULL;
END
