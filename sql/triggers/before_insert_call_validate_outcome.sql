-- before_insert_call_validate_outcome: a booking is what an appointment proves; a claim without one is parked, not believed.
-- enforces: booked_outcome_has_flag (B-01), booking_claim_has_appointment (B-03), appointment_is_flagged_on_call (B-04)
-- The id of a new row is known after the insert only: the alert is written there, from the session variable set here.
-- An insert of a call that is there already becomes an update, or fails: the update is judged, not the insert.
CREATE TRIGGER before_insert_call_validate_outcome
BEFORE INSERT ON calls
FOR EACH ROW FOLLOWS before_insert_call_set_direction
BEGIN
    DECLARE enabled TINYINT DEFAULT 1;
    DECLARE claims TINYINT DEFAULT 0;
    DECLARE proven TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    SET @consistency_parked_claim = NULL;
    SET claims = CLAIMS_BOOKING(NEW.appointment_made, NEW.session_outcome);
    IF (claims OR NEW.id <> 0) AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = TRIGGERS_ENABLED();
        IF enabled AND :row_is_there THEN
            SET enabled = 0;
        END IF;
        IF enabled AND NEW.id <> 0 THEN
            SET proven = HAS_EVIDENCE(NEW.id);
        END IF;
        IF enabled AND proven THEN
            CALL BELIEVE_APPOINTMENT();
        ELSEIF enabled AND claims THEN
            CALL PARK_CLAIM();
            SET @consistency_parked_at = NOW(6);
        END IF;
    END IF;
END
