-- due_rechecks: bookings that are to be looked at again now, the longest waiting first.
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
    AND due_at <= :now
    AND (lease_until IS NULL OR lease_until <= UTC_TIMESTAMP(6))
ORDER BY due_at, id
LIMIT :limit
