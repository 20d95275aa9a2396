-- console_switches: who last threw some switches, and when.
SELECT
    name,
    updated_by,
    updated_at
FROM consistency_settings
WHERE name IN :names
