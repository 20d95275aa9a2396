-- write_mapping: where one column of a canonical table comes from.
INSERT INTO consistency_mapping (
    table_name,
    column_name,
    origin,
    source_schema,
    source_table,
    source,
    mapping
)
VALUES (:table_name, :column_name, :origin, :source_schema, :source_table, :source, :mapping)
