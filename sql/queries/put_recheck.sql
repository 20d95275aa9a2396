-- put_recheck: an announcement that could not be verified is looked at again; told twice, it waits once.
INSERT INTO consistency_booking_rechecks (
    company_id, call_id, appointment_id, external_booking_id, announced_at, requested_at, due_at, attempts, status, cause,
    created_at, updated_at
)
VALUES (
    :company_id, :call_id, :appointment_id, :external_booking_id, :announced_at, :requested_at, :due_at, 0, 'waiting',
    :cause, :now, :now
)
ON DUPLICATE KEY UPDATE
    cause = VALUES(cause),
    updated_at = VALUES(updated_at)
