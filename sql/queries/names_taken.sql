-- names_taken: which of some tables and views this schema holds already.
SELECT
    t.table_name AS name,
    t.table_type = 'VIEW' AS is_view
FROM information_schema.tables AS t
WHERE
    t.table_schema = DATABASE()
    AND t.table_name IN :names
