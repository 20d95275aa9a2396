-- 0012_trigger_probe: a row that is written here and taken back lets everybody see the triggers, and whether the account that they
-- act as has what they need: whoever may not see triggers would call each of them missing. No row ever stays.
CREATE TABLE IF NOT EXISTS consistency_trigger_probe (
    id BIGINT UNSIGNED NOT NULL,
    triggers MEDIUMTEXT NULL,
    refused TEXT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
