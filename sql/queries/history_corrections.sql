-- history_corrections: automatic changes since a time, taken back or not, newest first: the way back to the rows of then.
SELECT
    id, table_name, entity_id, before_values, after_values
FROM consistency_corrections
WHERE
    applied_at >= :since
    AND id < :before_id
ORDER BY id DESC
LIMIT :batch
