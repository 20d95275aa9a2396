-- read_setting: a switch an operator can throw without a restart.
SELECT value
FROM consistency_settings
WHERE name = :name
