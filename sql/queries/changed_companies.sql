-- changed_companies: every company; what is asked of one changes with the clock.
-- follows: everything
SELECT t.id
FROM companies AS t
WHERE
    t.deleted_at IS NULL
    AND :since IS NOT NULL
