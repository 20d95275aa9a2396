-- due_customers: customers whose last change has just reached the age at which the clock may change a verdict.
SELECT u.id
FROM customers AS u
WHERE
    u.consistency_changed_at >= :since
    AND u.consistency_changed_at < :until
