-- roll_back_booking: every column that says booked, of a call without any appointment; a more specific outcome stays. A
-- call that moved or cancelled an appointment is none that failed to book.
UPDATE calls AS c
SET
    c.appointment_made = 0,
    c.booking_confirmed = 0,
    c.call_successful = 0,
    c.converted_to_appointment = 0,
    c.session_outcome = IF(
        c.session_outcome IS NULL OR IS_BOOKED_OUTCOME(c.session_outcome), 'creation_failed', c.session_outcome
    ),
    c.appointment_link_status = 'creation_failed',
    c.appointment_linked_at = NULL,
    c.appointment_id = NULL,
    c.converted_appointment_id = NULL,
    c.booking_failed = 1,
    c.booking_failure_reason = :reason,
    c.requires_manual_processing = 1
WHERE
    c.id = :call_id
    AND NOT IS_CHANGE_OUTCOME(c.session_outcome)
    AND NOT EXISTS (
        SELECT 1
        FROM appointments AS a
        WHERE
            a.call_id = c.id
            AND a.deleted_at IS NULL
            AND NOT WAS_NEVER_BOOKED(a.status)
    )
