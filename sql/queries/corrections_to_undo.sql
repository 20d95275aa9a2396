-- corrections_to_undo: audited changes of a run, rule or row that still stand, newest first.
SELECT
    c.id, c.run_id, c.rule, c.correction, c.table_name, c.entity_id, c.company_id, c.before_values, c.after_values,
    c.applied_at
FROM consistency_corrections AS c
WHERE
    NOT EXISTS (
        SELECT 1
        FROM consistency_undos AS u
        WHERE u.correction_id = c.id
    )
    AND (:run_id IS NULL OR c.run_id = :run_id)
    AND (:rule IS NULL OR c.rule = :rule)
    AND (:table_name IS NULL OR c.table_name = :table_name)
    AND (:entity_id IS NULL OR c.entity_id = :entity_id)
    AND (:all_companies OR c.company_id IN :companies)
ORDER BY c.id DESC
