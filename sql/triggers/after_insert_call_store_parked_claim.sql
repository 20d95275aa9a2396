-- after_insert_call_store_parked_claim: a parked claim of a new call becomes an alert with the real id of the call.
-- enforces: parked_booking_claim_has_appointment (B-03)
-- An alert that cannot be stored is dropped: it never fails the write it tells about.
CREATE TRIGGER after_insert_call_store_parked_claim
AFTER INSERT ON calls
FOR EACH ROW
BEGIN
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    IF @consistency_parked_claim IS NOT NULL AND COALESCE(@consistency_triggers, 'on') <> 'off' THEN
        CALL STORE_PARKED_CLAIM(NEW.id, NEW.company_id);
    END IF;
    SET @consistency_parked_claim = NULL, @consistency_made_direction = NULL, @consistency_made_link = NULL;
END
