-- PARK_CLAIM(): the row that is written claims what no appointment proves: it waits, and the claim is kept for the alert.
SET @consistency_parked_claim = JSON_OBJECT(
    'flag', COALESCE(NEW.appointment_made, 0),
    'outcome', IF(IS_BOOKED_OUTCOME(NEW.session_outcome COLLATE utf8mb4_bin), NEW.session_outcome, NULL)
);
SET NEW.appointment_made = 0;
SET NEW.appointment_link_status = 'pending_creation';
SET NEW.appointment_linked_at = NULL;
IF IS_BOOKED_OUTCOME(NEW.session_outcome COLLATE utf8mb4_bin) THEN
    SET NEW.session_outcome = NULL;
END IF;
