-- accelerated_tables: the tables that have a column with the name of an accelerator; whose it is, its comment says.
SELECT DISTINCT c.table_name AS table_name
FROM information_schema.columns AS c
WHERE
    c.table_schema = DATABASE()
    AND c.column_name IN ('consistency_violations', 'consistency_violations_2')
ORDER BY c.table_name
