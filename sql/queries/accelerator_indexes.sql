-- accelerator_indexes: the indexes of a table that begin with one of its columns, and what their maker said of them.
SELECT
    s.index_name AS index_name,
    s.column_name AS column_name,
    s.index_comment AS said
FROM information_schema.statistics AS s
WHERE
    s.table_schema = DATABASE()
    AND s.table_name = :table_name
    AND s.seq_in_index = 1
ORDER BY s.index_name
