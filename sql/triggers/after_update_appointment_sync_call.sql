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
        AND NEW.status NOT IN ('rejected', 'failed')
        AND (
            NOT NEW.call_id <=> OLD.call_id
            OR OLD.deleted_at IS NOT NULL
            OR OLD.status IN ('rejected', 'failed')
        );
    SET lost = OLD.call_id IS NOT NULL
        AND OLD.status NOT IN ('rejected', 'failed')
        AND (NOT NEW.call_id <=> OLD.call_id OR NEW.status IN ('rejected', 'failed'));
    IF (gained OR lost) AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = 1;
        SET enabled = COALESCE((
            SELECT s.value <> 'false'
            FROM consistency_settings AS s
            WHERE s.name = 'triggers_enabled'
        ), 1);
    END IF;
    IF enabled AND lost THEN
        SET proven = EXISTS (
            SELECT 1
            FROM appointments AS a
            WHERE a.call_id = OLD.call_id AND a.deleted_at IS NULL AND a.status NOT IN ('rejected', 'failed')
        );
        IF NOT proven THEN
            SET @consistency_lost_appointment = OLD.id;
            UPDATE calls
            SET appointment_made = 0,
                appointment_link_status = 'unlinked',
                appointment_linked_at = NULL,
                session_outcome = IF(
                    IS_BOOKED_OUTCOME(session_outcome COLLATE utf8mb4_bin), NULL, session_outcome
                )
            WHERE id = OLD.call_id
              AND (
                  appointment_made = 1
                  OR appointment_link_status = 'linked'
                  OR IS_BOOKED_OUTCOME(session_outcome COLLATE utf8mb4_bin)
              );
            SET @consistency_lost_appointment = NULL;
        END IF;
    END IF;
    IF enabled AND gained THEN
        UPDATE calls
        SET appointment_made = 1,
            appointment_link_status = 'linked',
            appointment_linked_at = COALESCE(appointment_linked_at, NOW()),
            session_outcome = COALESCE(session_outcome, 'appointment_booked')
        WHERE id = NEW.call_id
          AND NOT (
              appointment_made <=> 1
              AND appointment_link_status = 'linked'
              AND appointment_linked_at IS NOT NULL
              AND session_outcome IS NOT NULL
          );
    END IF;
END
