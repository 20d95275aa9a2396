-- health_rechecks: bookings that should have been looked at again, and since when the oldest waits.
SELECT
    COUNT(*) AS overdue,
    MIN(b.due_at) AS oldest
FROM consistency_booking_rechecks AS b
WHERE
    b.status = 'waiting'
    AND b.due_at < :late
