-- remember_parent: a row of a parent table as a check of another table saw it.
INSERT INTO consistency_parents (table_name, parent_table, row_key, digest)
VALUES (:table_name, :parent_table, :row_key, :digest)
ON DUPLICATE KEY UPDATE
    digest = VALUES(digest)
