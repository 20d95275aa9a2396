-- source_catalogue: what the columns of some tables are, and how the computed ones are computed.
SELECT
    c.table_name AS table_name,
    c.column_name AS column_name,
    c.data_type AS data_type,
    c.character_set_name AS character_set,
    c.collation_name AS collation,
    c.extra AS extra,
    c.generation_expression AS expression
FROM information_schema.columns AS c
WHERE
    c.table_schema = DATABASE()
    AND c.table_name IN :tables
