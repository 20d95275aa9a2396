-- due_appointments: when each appointment that is still to come begins.
SELECT
    a.id AS id,
    a.starts_at AS due_at
FROM appointments AS a
WHERE
    a.id IN :ids
    AND a.deleted_at IS NULL
    AND a.starts_at > :now
