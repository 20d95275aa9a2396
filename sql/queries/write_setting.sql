-- write_setting: throw a switch, with who and when.
INSERT INTO consistency_settings (name, value, updated_at, updated_by)
VALUES (:name, :value, :now, :actor)
ON DUPLICATE KEY UPDATE
    value = VALUES(value),
    updated_at = VALUES(updated_at),
    updated_by = VALUES(updated_by)
