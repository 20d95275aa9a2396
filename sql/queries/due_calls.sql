-- due_calls: calls whose last change has just reached the age at which the clock may change a verdict.
SELECT c.id
FROM calls AS c
WHERE
    c.consistency_changed_at >= :since
    AND c.consistency_changed_at < :until
