-- before_update_call_validate_outcome: a booking is what an appointment proves; a new claim without one is parked, not believed.
-- enforces: booked_outcome_has_flag (B-01), booking_claim_has_appointment (B-03), appointment_is_flagged_on_call (B-04)
-- An old claim without an appointment stays: the rule decides about it, with audit. So touching a row never flips it.
CREATE TRIGGER before_update_call_validate_outcome
BEFORE UPDATE ON calls
FOR EACH ROW FOLLOWS before_update_call_sync_customer_link
BEGIN
    DECLARE enabled TINYINT DEFAULT 1;
    DECLARE claims TINYINT DEFAULT 0;
    DECLARE claimed TINYINT DEFAULT 0;
    DECLARE proven TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET claims = CLAIMS_BOOKING(NEW.appointment_made, NEW.session_outcome);
        SET claimed = CLAIMS_BOOKING(OLD.appointment_made, OLD.session_outcome);
        IF (claims AND NOT claimed)
            OR NOT (NEW.appointment_made <=> 1 AND NEW.appointment_link_status = 'linked' AND NEW.session_outcome IS NOT NULL) THEN
            SET proven = HAS_EVIDENCE(NEW.id);
            IF proven OR (claims AND NOT claimed) THEN
                SET enabled = TRIGGERS_ENABLED();
            END IF;
            IF enabled AND proven THEN
                CALL BELIEVE_APPOINTMENT();
            ELSEIF enabled AND claims AND NOT claimed THEN
                CALL PARK_CLAIM();
            END IF;
        END IF;
    END IF;
END
