-- BOOK_CALL(call_id): an appointment makes its call a booked one; a more specific outcome is kept.
UPDATE calls
SET appointment_made = 1,
    appointment_link_status = 'linked',
    appointment_linked_at = COALESCE(appointment_linked_at, NOW()),
    session_outcome = COALESCE(session_outcome, 'appointment_booked')
WHERE id = :call_id
  AND NOT (
      appointment_made <=> 1
      AND appointment_link_status = 'linked'
      AND appointment_linked_at IS NOT NULL
      AND session_outcome IS NOT NULL
  );
