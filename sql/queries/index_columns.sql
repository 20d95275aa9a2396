-- index_columns: which columns the indexes of some tables are on, in their order; a part of a column, or an expression, is told.
SELECT
    s.table_name AS table_name,
    s.index_name AS index_name,
    s.non_unique = 0 AS is_unique,
    s.column_name AS column_name,
    s.sub_part AS sub_part
FROM information_schema.statistics AS s
WHERE
    s.table_schema = DATABASE()
    AND s.table_name IN :tables
ORDER BY s.table_name, s.index_name, s.seq_in_index
