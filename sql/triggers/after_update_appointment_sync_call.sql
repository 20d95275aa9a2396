-- after_update_appointment_sync_call: booking flags follow an appointment that is restored, moved, rejected or failed.
-- enforces: appointment_is_flagged_on_call (B-04), booking_claim_has_appointment (B-03), linked_call_has_appointment (B-14)
-- A cancelled one did exist, and a soft-deleted one is for a reviewer: neither changes the call.
-- A statement that reads calls while it writes appointments must not fail (error 1442): the rules bring its call in line.
CREATE TRIGGER after_update_appointment_sync_call
AFTER UPDATE ON appointments
FOR EACH ROW
BEGIN
    DECLARE enabled TINYINT DEFAULT 0;
    DECLARE proven TINYINT DEFAULT 1;
    DECLARE gained TINYINT DEFAULT 0;
    DECLARE lost TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    SET gained = NEW.call_id IS NOT NULL
        AND NEW.deleted_at IS NULL
        AND NOT WAS_NEVER_BOOKED(NEW.status)
        AND (
            NOT NEW.call_id <=> OLD.call_id
            OR OLD.deleted_at IS NOT NULL
            OR WAS_NEVER_BOOKED(OLD.status)
        );
    SET lost = OLD.call_id IS NOT NULL
        AND NOT WAS_NEVER_BOOKED(OLD.status)
        AND (NOT NEW.call_id <=> OLD.call_id OR WAS_NEVER_BOOKED(NEW.status));
    IF (gained OR lost) AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = 1;
        SET enabled = TRIGGERS_ENABLED();
    END IF;
    IF enabled AND lost THEN
        SET proven = HAS_EVIDENCE(OLD.call_id);
        IF NOT proven THEN
            CALL UNBOOK_CALL(OLD.call_id, OLD.id);
        END IF;
    END IF;
    IF enabled AND gained THEN
        CALL BOOK_CALL(NEW.call_id);
    END IF;
END
