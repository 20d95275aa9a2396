-- hinted_calls: calls by the names that their provider gave them.
SELECT
    id,
    company_id,
    retell_call_id
FROM calls
WHERE
    retell_call_id IN :names
    AND (:company_id IS NULL OR company_id = :company_id)
