-- before_insert_call_validate_outcome: a booking is what an appointment proves; a claim without one is parked, not believed.
-- enforces: booked_outcome_has_flag (B-01), booking_claim_has_appointment (B-03), appointment_is_flagged_on_call (B-04)
-- The id of a new row is known after the insert only: the alert is written there, from the session variable set here.
CREATE TRIGGER before_insert_call_validate_outcome
BEFORE INSERT ON calls
FOR EACH ROW FOLLOWS before_insert_call_set_direction
BEGIN
    DECLARE enabled TINYINT DEFAULT 1;
    DECLARE claims TINYINT DEFAULT 0;
    DECLARE proven TINYINT DEFAULT 0;
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    SET @consistency_parked_claim = NULL;
    SET claims = COALESCE(NEW.appointment_made, 0) = 1
        OR IS_BOOKED_OUTCOME(NEW.session_outcome COLLATE utf8mb4_bin);
    IF (claims OR NEW.id <> 0) AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET enabled = COALESCE((
            SELECT s.value <> 'false'
            FROM consistency_settings AS s
            WHERE s.name = 'triggers_enabled'
        ), 1);
        IF enabled AND NEW.id <> 0 THEN
            SET proven = EXISTS (
                SELECT 1
                FROM appointments AS a
                WHERE a.call_id = NEW.id AND a.deleted_at IS NULL AND a.status NOT IN ('rejected', 'failed')
            );
        END IF;
        IF enabled AND proven THEN
            SET NEW.appointment_made = 1;
            SET NEW.appointment_link_status = 'linked';
            SET NEW.appointment_linked_at = COALESCE(NEW.appointment_linked_at, NOW());
            SET NEW.session_outcome = COALESCE(NEW.session_outcome, 'appointment_booked');
        ELSEIF enabled AND claims THEN
            SET @consistency_parked_claim = JSON_OBJECT(
                'flag', COALESCE(NEW.appointment_made, 0),
                'outcome', IF(
                    IS_BOOKED_OUTCOME(NEW.session_outcome COLLATE utf8mb4_bin), NEW.session_outcome, NULL
                )
            );
            SET @consistency_parked_call = CONCAT(NOW(6), ' ', NEW.retell_call_id);
            SET NEW.appointment_made = 0;
            SET NEW.appointment_link_status = 'pending_creation';
            SET NEW.appointment_linked_at = NULL;
            IF IS_BOOKED_OUTCOME(NEW.session_outcome COLLATE utf8mb4_bin) THEN
                SET NEW.session_outcome = NULL;
            END IF;
        END IF;
    END IF;
END
