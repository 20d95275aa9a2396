-- untold_incidents: open incidents that nobody has been told about.
SELECT id
FROM consistency_incidents
WHERE
    status = 'open'
    AND notified_at IS NULL
ORDER BY id
