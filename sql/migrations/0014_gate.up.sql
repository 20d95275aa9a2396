-- 0014_gate: one row a rule, locked by whoever changes rows by that rule, so that its caps are counted once; and the kill
-- switch as a row, so that a batch and whoever throws it can wait for one another.
CREATE TABLE IF NOT EXISTS consistency_gates (
    rule VARCHAR(100) NOT NULL,
    PRIMARY KEY (rule)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT INTO consistency_settings (name, value, updated_at, updated_by)
VALUES ('corrections_enabled', 'true', UTC_TIMESTAMP(6), 'migration')
ON DUPLICATE KEY UPDATE name = VALUES(name);
