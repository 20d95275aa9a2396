-- tables_here: tables and views of this schema, and who keeps them.
SELECT
    t.table_name AS name,
    t.table_type = 'VIEW' AS is_view,
    t.engine AS engine
FROM information_schema.tables AS t
WHERE t.table_schema = DATABASE()
