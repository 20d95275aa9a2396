-- put_recheck: a booking that could not be verified is looked at again; asked for twice, it waits once.
INSERT INTO consistency_booking_rechecks (
    company_id, call_id, appointment_id, external_booking_id, requested_at, due_at, attempts, status, cause, created_at,
    updated_at
)
VALUES (
    :company_id, :call_id, :appointment_id, :external_booking_id, :requested_at, :due_at, 0, 'waiting', :cause, :now, :now
)
ON DUPLICATE KEY UPDATE
    appointment_id = COALESCE(VALUES(appointment_id), appointment_id),
    external_booking_id = COALESCE(VALUES(external_booking_id), external_booking_id),
    cause = VALUES(cause),
    updated_at = VALUES(updated_at)
