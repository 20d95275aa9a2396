-- generated_as: the expression that a computed column is made by.
SELECT c.generation_expression
FROM information_schema.columns AS c
WHERE
    c.table_schema = DATABASE()
    AND c.table_name = :table_name
    AND c.column_name = :column_name
