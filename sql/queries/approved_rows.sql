-- approved_rows: how many rows people have allowed one rule to change.
SELECT COALESCE(MAX(found), 0)
FROM consistency_incidents
WHERE
    kind = 'cap_exceeded'
    AND rule = :rule
    AND status = 'approved'
