-- is_corrected: whether the audit has a change by a rule, or of a row, taken back or not.
SELECT
    EXISTS (
        SELECT 1
        FROM consistency_corrections AS c
        WHERE
            (:rule IS NULL OR c.rule = :rule)
            AND (:table_name IS NULL OR c.table_name = :table_name)
            AND (:entity_id IS NULL OR c.entity_id = :entity_id)
    ) AS is_corrected
