-- hinted_rechecks: bookings that wait to be looked at again, and that something has just been said of.
SELECT
    id,
    company_id,
    call_id,
    appointment_id,
    external_booking_id,
    announced_at,
    requested_at,
    attempts
FROM consistency_booking_rechecks
WHERE
    status = 'waiting'
    AND (lease_until IS NULL OR lease_until <= UTC_TIMESTAMP(6))
    AND (call_id IN :calls OR external_booking_id IN :bookings)
    AND (company_id IS NULL OR :company_id IS NULL OR company_id = :company_id)
ORDER BY due_at, id
LIMIT :limit
