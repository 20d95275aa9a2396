-- source_columns: which columns the source tables have, to say which facts are lost.
SELECT
    table_name,
    column_name
FROM information_schema.columns
WHERE
    table_schema = DATABASE()
    AND table_name IN :tables
