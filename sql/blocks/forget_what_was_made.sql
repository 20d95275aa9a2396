-- FORGET_WHAT_WAS_MADE(): an insert that took its call for new, and became this update all the same: a transaction does not see
-- what others stored after it began. What was made up for a new call says nothing about this one.
IF @consistency_made_direction = CONCAT(NOW(6), ' ', NEW.direction) THEN
    SET NEW.direction = OLD.direction;
END IF;
IF @consistency_made_link = LINK_MADE_NOW(NEW.customer_link_status, NEW.customer_link_method, NEW.customer_link_confidence) THEN
    SET NEW.customer_link_status = OLD.customer_link_status;
    SET NEW.customer_link_method = OLD.customer_link_method;
    SET NEW.customer_link_confidence = OLD.customer_link_confidence;
    SET NEW.customer_linked_at = OLD.customer_linked_at;
END IF;
IF @consistency_parked_claim IS NOT NULL AND @consistency_parked_at = NOW(6) THEN
    SET NEW.appointment_made = IF(NEW.appointment_made = 0, OLD.appointment_made, NEW.appointment_made);
    SET NEW.appointment_link_status = IF(
        NEW.appointment_link_status = 'pending_creation', OLD.appointment_link_status, NEW.appointment_link_status
    );
    SET NEW.appointment_linked_at = COALESCE(NEW.appointment_linked_at, OLD.appointment_linked_at);
    SET NEW.session_outcome = COALESCE(NEW.session_outcome, OLD.session_outcome);
END IF;
SET @consistency_parked_claim = NULL, @consistency_made_direction = NULL, @consistency_made_link = NULL;
