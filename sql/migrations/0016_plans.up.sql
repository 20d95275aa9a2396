-- 0016_plans: what an incident asks leave for, row by row: the values of then, the values to be, and what became of it.
-- A row without new values is one that its correction refuses; approved, it is put before people.
CREATE TABLE IF NOT EXISTS consistency_plan_rows (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    incident_id BIGINT UNSIGNED NOT NULL,
    table_name VARCHAR(64) NOT NULL,
    entity_id BIGINT UNSIGNED NOT NULL,
    company_id BIGINT UNSIGNED NULL,
    before_values JSON NOT NULL,
    after_values JSON NULL,
    evidence VARCHAR(255) NOT NULL,
    refusal VARCHAR(60) NULL,
    outcome VARCHAR(20) NULL,
    why VARCHAR(255) NULL,
    run_id VARCHAR(191) NULL,
    settled_at DATETIME(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY consistency_plan_rows_row (incident_id, entity_id),
    KEY consistency_plan_rows_entity (table_name, entity_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
