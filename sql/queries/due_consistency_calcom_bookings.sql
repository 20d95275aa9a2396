-- due_consistency_calcom_bookings: bookings whose last change has just reached the age at which a verdict may change.
SELECT b.id
FROM consistency_calcom_bookings AS b
WHERE
    b.changed_at >= :since
    AND b.changed_at < :until
