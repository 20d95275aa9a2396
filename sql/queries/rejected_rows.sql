-- rejected_rows: the most rows that people have lately refused to let one rule change.
SELECT COALESCE(MAX(found), 0)
FROM consistency_incidents
WHERE
    kind = 'cap_exceeded'
    AND rule = :rule
    AND status = 'rejected'
    AND decided_at >= :since
