-- mapping_catalogue: tables of the schemas that a mapping names, with their columns; a view is no source.
SELECT
    c.table_schema AS table_schema,
    c.table_name AS table_name,
    c.column_name AS column_name,
    c.data_type AS data_type
FROM information_schema.tables AS t
INNER JOIN information_schema.columns AS c ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE
    t.table_schema IN :names
    AND t.table_type = 'BASE TABLE'
