-- after_insert_appointment_sync_call: an appointment makes its call a booked one; a more specific outcome is kept.
-- enforces: appointment_is_flagged_on_call (B-04), parked_booking_claim_has_appointment (B-03)
-- A statement that reads calls while it writes appointments must not fail (error 1442): the rules bring its call in line.
CREATE TRIGGER after_insert_appointment_sync_call
AFTER INSERT ON appointments
FOR EACH ROW
BEGIN
    DECLARE enabled TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF NEW.call_id IS NOT NULL
        AND NEW.deleted_at IS NULL
        AND NOT WAS_NEVER_BOOKED(NEW.status)
        AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = 1;
        SET enabled = TRIGGERS_ENABLED();
    END IF;
    IF enabled THEN
        CALL BOOK_CALL(NEW.call_id);
    END IF;
END
