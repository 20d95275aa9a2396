-- lease_recheck: take a booking that is to be looked at again, for some seconds; of two who try, one gets it.
UPDATE consistency_booking_rechecks
SET
    lease_token = :token,
    lease_until = UTC_TIMESTAMP(6) + INTERVAL :seconds SECOND
WHERE
    id = :id
    AND status = 'waiting'
    AND attempts = :attempts
    AND (lease_until IS NULL OR lease_until <= UTC_TIMESTAMP(6))
