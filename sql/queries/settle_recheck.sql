-- settle_recheck: what became of one; guarded, so that of two workers one counts.
UPDATE consistency_booking_rechecks
SET
    status = :status,
    due_at = :due_at,
    attempts = attempts + 1,
    cause = :cause,
    lease_token = NULL,
    lease_until = NULL,
    updated_at = :now
WHERE
    id = :id
    AND status = 'waiting'
    AND attempts = :attempts
