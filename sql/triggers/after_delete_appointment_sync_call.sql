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
        AND OLD.status NOT IN ('rejected', 'failed')
        AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = 1;
        SET enabled = COALESCE((
            SELECT s.value <> 'false'
            FROM consistency_settings AS s
            WHERE s.name = 'triggers_enabled'
        ), 1);
    END IF;
    IF enabled THEN
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
END
