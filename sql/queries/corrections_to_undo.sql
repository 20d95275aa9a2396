-- corrections_to_undo: audited changes of a run, rule or row that still stand, newest first.
SELECT
    id, run_id, rule, table_name, entity_id, company_id, before_values, after_values
FROM consistency_corrections
WHERE
    undone_at IS NULL
    AND (:run_id IS NULL OR run_id = :run_id)
    AND (:rule IS NULL OR rule = :rule)
    AND (:table_name IS NULL OR table_name = :table_name)
    AND (:entity_id IS NULL OR entity_id = :entity_id)
ORDER BY id DESC
