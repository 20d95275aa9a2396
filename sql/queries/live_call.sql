-- live_call: a call as it stands in the source now, for a reviewer.
SELECT c.*
FROM calls AS c
WHERE
    c.id = :row_id
    AND (:company_id IS NULL OR c.company_id = :company_id)
