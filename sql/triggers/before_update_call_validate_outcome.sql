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
    -- An upsert fires BEFORE INSERT first, which has parked the claim this update carries on with.
    IF @consistency_parked_claim IS NOT NULL
        AND NOT COALESCE(@consistency_parked_call = CONCAT(NOW(6), ' ', NEW.retell_call_id), 0) THEN
        SET @consistency_parked_claim = NULL;
    END IF;
    IF COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        SET claims = COALESCE(NEW.appointment_made, 0) = 1
            OR IS_BOOKED_OUTCOME(NEW.session_outcome COLLATE utf8mb4_bin)
            OR @consistency_parked_claim IS NOT NULL;
        SET claimed = COALESCE(OLD.appointment_made, 0) = 1
            OR IS_BOOKED_OUTCOME(OLD.session_outcome COLLATE utf8mb4_bin);
        IF (claims AND NOT claimed)
            OR NOT (NEW.appointment_made <=> 1 AND NEW.appointment_link_status = 'linked' AND NEW.session_outcome IS NOT NULL) THEN
            SET proven = EXISTS (
                SELECT 1
                FROM appointments AS a
                WHERE a.call_id = NEW.id AND a.deleted_at IS NULL AND a.status NOT IN ('rejected', 'failed')
            );
            IF proven OR (claims AND NOT claimed) THEN
                SET enabled = COALESCE((
                    SELECT s.value <> 'false'
                    FROM consistency_settings AS s
                    WHERE s.name = 'triggers_enabled'
                ), 1);
            END IF;
            IF enabled AND proven THEN
                SET @consistency_parked_claim = NULL;
                SET NEW.appointment_made = 1;
                SET NEW.appointment_link_status = 'linked';
                SET NEW.appointment_linked_at = COALESCE(NEW.appointment_linked_at, NOW());
                SET NEW.session_outcome = COALESCE(NEW.session_outcome, 'appointment_booked');
            ELSEIF enabled AND claims AND NOT claimed THEN
                SET @consistency_parked_claim = COALESCE(@consistency_parked_claim, JSON_OBJECT(
                    'flag', COALESCE(NEW.appointment_made, 0),
                    'outcome', IF(
                        IS_BOOKED_OUTCOME(NEW.session_outcome COLLATE utf8mb4_bin), NEW.session_outcome, NULL
                    )
                ));
                SET NEW.appointment_made = 0;
                SET NEW.appointment_link_status = 'pending_creation';
                SET NEW.appointment_linked_at = NULL;
                IF IS_BOOKED_OUTCOME(NEW.session_outcome COLLATE utf8mb4_bin) THEN
                    SET NEW.session_outcome = NULL;
                END IF;
            END IF;
        END IF;
    END IF;
END
