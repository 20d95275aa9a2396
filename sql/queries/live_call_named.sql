-- live_call_named: the call that a booking of the calendar names, as it stands in the source now.
SELECT c.*
FROM calls AS c
WHERE
    c.retell_call_id = :name
    AND c.company_id = :company_id
ORDER BY c.id
LIMIT :limit
