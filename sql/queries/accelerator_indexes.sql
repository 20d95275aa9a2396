-- accelerator_indexes: the indexes of a table, each with its first column.
SELECT
    s.index_name AS index_name,
    s.column_name AS column_name
FROM information_schema.statistics AS s
WHERE
    s.table_schema = DATABASE()
    AND s.table_name = :table_name
    AND s.seq_in_index = 1
ORDER BY s.index_name
