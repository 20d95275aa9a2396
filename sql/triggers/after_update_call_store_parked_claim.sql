-- after_update_call_store_parked_claim: a parked claim becomes an alert; an appointment settles it; a lost booking leaves a trace.
-- enforces: parked_booking_claim_has_appointment (B-03)
-- An alert that cannot be stored is dropped: it never fails the write it tells about.
CREATE TRIGGER after_update_call_store_parked_claim
AFTER UPDATE ON calls
FOR EACH ROW
BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF @consistency_parked_claim IS NOT NULL AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        CALL STORE_PARKED_CLAIM(NEW.id, NEW.company_id);
    END IF;
    SET @consistency_parked_claim = NULL;
    IF NEW.appointment_made = 1 AND NOT OLD.appointment_made <=> 1 AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        UPDATE data_consistency_alerts
        SET status = 'resolved',
            resolved_at = UTC_TIMESTAMP(6),
            resolution_notes = 'The appointment exists now.',
            updated_at = UTC_TIMESTAMP(6)
        WHERE fingerprint = SHA2(CONCAT('booking_claim_parked:call:', NEW.id), 256) AND status = 'parked';
    END IF;
    IF @consistency_lost_appointment IS NOT NULL AND OLD.appointment_made = 1 AND NEW.appointment_made = 0 THEN
        INSERT INTO data_consistency_alerts (
            alert_type, catalogue, severity, entity_type, entity_id, company_id, description, metadata, detected_at,
            auto_corrected, corrected_at, fingerprint, first_seen_at, last_seen_at, occurrences, status, resolved_at,
            created_at, updated_at
        )
        VALUES (
            'appointment_unlinked', 'B-14', 'warning', 'call', NEW.id, NEW.company_id,
            'The last appointment of the call is gone: its booking was taken back.',
            JSON_OBJECT('appointment_id', @consistency_lost_appointment), UTC_TIMESTAMP(6),
            1, UTC_TIMESTAMP(6), SHA2(CONCAT('appointment_unlinked:call:', NEW.id), 256), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 1,
            'resolved', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)
        )
        ON DUPLICATE KEY UPDATE
            occurrences = occurrences + 1,
            metadata = VALUES(metadata),
            detected_at = UTC_TIMESTAMP(6),
            corrected_at = UTC_TIMESTAMP(6),
            last_seen_at = UTC_TIMESTAMP(6),
            updated_at = UTC_TIMESTAMP(6);
    END IF;
END
