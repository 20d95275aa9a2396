-- BELIEVE_APPOINTMENT(): the row that is written is booked, as its appointment says; a more specific outcome is kept.
SET NEW.appointment_made = 1;
SET NEW.appointment_link_status = 'linked';
SET NEW.appointment_linked_at = COALESCE(NEW.appointment_linked_at, NOW());
SET NEW.session_outcome = COALESCE(NEW.session_outcome, 'appointment_booked');
