-- columns_beside: columns of a source table that the database does not compute, and whether it sets them on each change and
-- lets us write them.
SELECT
    column_name,
    data_type,
    LOWER(extra) LIKE '%on update%' AS is_maintained,
    LOWER(privileges) LIKE '%update%' AS is_writable
FROM information_schema.columns
WHERE
    table_schema = DATABASE()
    AND table_name = :table_name
    AND COALESCE(generation_expression, '') = ''
ORDER BY ordinal_position
