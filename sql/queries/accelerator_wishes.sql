-- accelerator_wishes: the tables that an operator wants an accelerator on.
SELECT SUBSTRING(s.name, 13) AS table_name
FROM consistency_settings AS s
WHERE
    s.name LIKE 'accelerator:%'
    AND s.value = 'on'
ORDER BY s.name
