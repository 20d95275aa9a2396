-- release_rules: rules that have been judged up to the watermark of their table.
DELETE FROM consistency_watermarks
WHERE
    table_name = :table_name
    AND rule IN :rules
    AND rule <> ''
