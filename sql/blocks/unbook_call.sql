-- UNBOOK_CALL(call_id, appointment): a call that lost its last appointment is booked no longer; the appointment that went is told.
SET @consistency_lost_appointment = :appointment;
UPDATE calls
SET appointment_made = 0,
    appointment_link_status = 'unlinked',
    appointment_linked_at = NULL,
    session_outcome = IF(
        IS_BOOKED_OUTCOME(session_outcome COLLATE utf8mb4_bin), NULL, session_outcome
    )
WHERE id = :call_id
  AND (
      appointment_made = 1
      OR appointment_link_status = 'linked'
      OR IS_BOOKED_OUTCOME(session_outcome COLLATE utf8mb4_bin)
  );
SET @consistency_lost_appointment = NULL;
