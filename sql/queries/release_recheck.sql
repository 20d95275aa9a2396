-- release_recheck: it waits on as before.
UPDATE consistency_booking_rechecks
SET
    lease_token = NULL,
    lease_until = NULL
WHERE
    id = :id
    AND lease_token = :token
