-- due_appointments: appointments whose last change has just reached the age at which the clock may change a verdict.
SELECT a.id
FROM appointments AS a
WHERE
    a.consistency_changed_at >= :since
    AND a.consistency_changed_at < :until
