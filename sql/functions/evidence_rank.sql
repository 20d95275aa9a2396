-- EVIDENCE_RANK(status, deleted_at): how much an appointment proves a booking: 0 nothing, 1 deleted, 2 cancelled, 3 live.
SELECT
    CASE
        WHEN :status IS NULL OR WAS_NEVER_BOOKED(:status) THEN 0
        WHEN :deleted_at IS NOT NULL THEN 1
        WHEN :status = 'cancelled' THEN 2
        ELSE 3
    END
