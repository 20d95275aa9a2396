-- corrections_after: the audit, oldest first, a batch at a time.
SELECT
    id, run_id, rule, correction, table_name, entity_id, company_id, before_values, after_values, applied_at
FROM consistency_corrections
WHERE id > :after
ORDER BY id
LIMIT :batch
