-- source_indexes: which indexes the tables have.
SELECT DISTINCT
    s.table_name AS table_name,
    s.index_name AS index_name
FROM information_schema.statistics AS s
WHERE
    s.table_schema = DATABASE()
    AND s.table_name IN :tables
