-- table_sizes: about how many rows tables have, as the server estimates them; a view has none.
SELECT
    table_name,
    COALESCE(table_rows, 0) AS table_rows
FROM information_schema.tables
WHERE
    table_schema = DATABASE()
    AND table_name IN :tables
