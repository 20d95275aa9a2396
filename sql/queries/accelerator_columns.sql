-- accelerator_columns: the columns of a table, how each is computed, and what its maker said of it.
SELECT
    c.column_name AS column_name,
    c.data_type AS data_type,
    c.column_type AS column_type,
    c.collation_name AS collation,
    c.extra AS extra,
    c.generation_expression AS expression,
    c.column_comment AS said
FROM information_schema.columns AS c
WHERE
    c.table_schema = DATABASE()
    AND c.table_name = :table_name
ORDER BY c.ordinal_position
