-- hold_setting: a switch, which stays as it is until this transaction has ended: whoever throws it waits for that.
SELECT value
FROM consistency_settings
WHERE name = :name
LOCK IN SHARE MODE
