-- due_calcom_bookings: when each booking of the calendar that is still to come begins.
SELECT
    b.id AS id,
    b.starts_at AS due_at
FROM consistency_calcom_bookings AS b
WHERE
    b.id IN :ids
    AND b.starts_at > :now
