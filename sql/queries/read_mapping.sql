-- read_mapping: where the columns of the canonical tables come from.
SELECT
    m.table_name AS table_name,
    m.column_name AS column_name,
    m.origin AS origin,
    m.source_schema AS source_schema,
    m.source_table AS source_table,
    m.source AS source,
    m.mapping AS mapping
FROM consistency_mapping AS m
ORDER BY m.table_name, m.column_name
