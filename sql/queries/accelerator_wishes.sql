-- accelerator_wishes: the tables that an operator wants an accelerator on, and the proof of the one that was made.
SELECT
    SUBSTRING(s.name, 13) AS table_name,
    SUBSTRING(s.value, 4) AS proof
FROM consistency_settings AS s
WHERE
    s.name LIKE 'accelerator:%'
    AND s.value LIKE 'on%'
ORDER BY s.name
