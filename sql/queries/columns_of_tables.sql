-- columns_of_tables: the columns of some tables, which of them keep wall times, and which a star stands for.
SELECT
    c.table_name AS table_name,
    c.column_name AS column_name,
    c.data_type = 'datetime' AS is_wall,
    c.extra NOT LIKE '%INVISIBLE%' AS is_visible
FROM information_schema.columns AS c
WHERE
    c.table_schema = DATABASE()
    AND c.table_name IN :tables
ORDER BY c.table_name, c.ordinal_position
