-- forget_parents: rows of a parent table that are gone.
DELETE FROM consistency_parents
WHERE
    table_name = :table_name
    AND parent_table = :parent_table
    AND row_key IN :names
