-- lock_call_for_rollback: the columns of a call that a rollback changes, locked until the transaction ends.
SELECT
    c.company_id,
    c.appointment_made,
    c.booking_confirmed,
    c.call_successful,
    c.converted_to_appointment,
    c.session_outcome,
    c.appointment_link_status,
    c.appointment_linked_at,
    c.appointment_id,
    c.converted_appointment_id,
    c.booking_failed,
    c.booking_failure_reason,
    c.requires_manual_processing
FROM calls AS c
WHERE
    c.id = :call_id
    AND c.deleted_at IS NULL
    AND (:company_id IS NULL OR c.company_id = :company_id)
FOR UPDATE
