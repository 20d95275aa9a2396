-- rollback_of_call: the run that took a call's booking back after a time, if one did.
SELECT c.run_id
FROM consistency_corrections AS c
WHERE
    c.table_name = 'calls'
    AND c.entity_id = :call_id
    AND c.rule = :rule
    AND c.company_id = :company_id
    AND c.applied_at >= :since
ORDER BY c.id DESC
LIMIT 1
