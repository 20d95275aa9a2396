-- parents_of: keys of the rows of a parent table that are remembered for a table.
SELECT row_key
FROM consistency_parents
WHERE
    table_name = :table_name
    AND parent_table = :parent_table
    AND row_key <> ''
