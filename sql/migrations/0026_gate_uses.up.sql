-- 0026_gate_uses: what rules have changed by themselves, a row for each transaction and check that had found it: caps are counted
-- from a few rows, however many were changed. What was changed within the last day is taken over.
CREATE TABLE IF NOT EXISTS consistency_gate_uses (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    rule VARCHAR(100) NOT NULL,
    run_id VARCHAR(191) NOT NULL,
    found_by VARCHAR(191) NULL,
    changed INT UNSIGNED NOT NULL,
    used_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY consistency_gate_uses_rule (rule, used_at),
    KEY consistency_gate_uses_found_by (rule, found_by)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT INTO consistency_gate_uses (rule, run_id, found_by, changed, used_at)
SELECT
    c.rule,
    c.run_id,
    f.run_id,
    COUNT(*),
    MAX(c.applied_at)
FROM consistency_corrections AS c
LEFT JOIN data_consistency_alerts AS f
    ON
        f.entity_type = IF(c.table_name = 'companies', 'company', LEFT(c.table_name, CHAR_LENGTH(c.table_name) - 1))
        AND c.entity_id = f.entity_id
        AND c.rule = f.alert_type
        AND c.applied_at >= f.detected_at
WHERE
    c.authority = 'automatic'
    AND c.applied_at >= UTC_TIMESTAMP(6) - INTERVAL 2 DAY
    AND NOT EXISTS (SELECT 1 FROM consistency_gate_uses)
GROUP BY c.rule, c.run_id, f.run_id;
