-- after_delete_appointment_sync_call: a call that lost its last appointment is booked no longer.
-- enforces: booking_claim_has_appointment (B-03), linked_call_has_appointment (B-14)
-- A statement that reads calls while it writes appointments must not fail (error 1442): the rules bring its call in line.
CREATE TRIGGER after_delete_appointment_sync_call
AFTER DELETE ON appointments
FOR EACH ROW
BEGIN
    DECLARE enabled TINYINT DEFAULT 0;
    DECLARE proven TINYINT DEFAULT 1;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF OLD.call_id IS NOT NULL
        AND NOT WAS_NEVER_BOOKED(OLD.status)
        AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = 1;
        SET enabled = TRIGGERS_ENABLED();
    END IF;
    IF enabled THEN
        SET proven = HAS_EVIDENCE(OLD.call_id);
        IF NOT proven THEN
            CALL UNBOOK_CALL(OLD.call_id, OLD.id);
        END IF;
    END IF;
END
