-- 0001_own_tables: the ledger, queue, audit, runs and breaker tables. Statements end with `;` at a line's end.
CREATE TABLE IF NOT EXISTS consistency_settings (
    name VARCHAR(64) NOT NULL,
    value VARCHAR(255) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    updated_by VARCHAR(100) NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consistency_runs (
    id VARCHAR(191) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    status ENUM('running', 'succeeded', 'failed') NOT NULL,
    actor VARCHAR(100) NOT NULL,
    dry_run TINYINT(1) NOT NULL,
    rule_set CHAR(64) NULL,
    started_at DATETIME(6) NOT NULL,
    finished_at DATETIME(6) NULL,
    counts JSON NULL,
    error VARCHAR(500) NULL,
    PRIMARY KEY (id),
    KEY consistency_runs_kind (kind, started_at),
    KEY consistency_runs_finished (finished_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS consistency_rule_results (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    run_id VARCHAR(191) NOT NULL,
    table_name VARCHAR(64) NOT NULL,
    rule VARCHAR(100) NOT NULL,
    catalogue VARCHAR(16) NOT NULL,
    severity ENUM('critical', 'warning', 'info') NOT NULL,
    mode VARCHAR(20) NOT NULL,
    rule_fingerprint CHAR(64) NOT NULL,
    outcome ENUM('passed', 'failed', 'not_evaluated') NOT NULL,
    rows_checked BIGINT UNSIGNED NULL,
    violations BIGINT UNSIGNED NULL,
    reason VARCHAR(500) NULL,
    scope VARCHAR(20) NOT NULL,
    company_id BIGINT UNSIGNED NULL,
    evaluated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY consistency_rule_results_run (run_id),
    KEY consistency_rule_results_rule (rule, evaluated_at),
    KEY consistency_rule_results_time (evaluated_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS data_consistency_alerts (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    alert_type VARCHAR(100) NOT NULL,
    catalogue VARCHAR(16) NULL,
    severity ENUM('critical', 'warning', 'info') NOT NULL DEFAULT 'warning',
    entity_type VARCHAR(40) NOT NULL,
    entity_id BIGINT UNSIGNED NULL,
    company_id BIGINT UNSIGNED NULL,
    description TEXT NOT NULL,
    metadata JSON NULL,
    detected_at DATETIME(6) NOT NULL,
    auto_corrected TINYINT(1) NOT NULL DEFAULT 0,
    corrected_at DATETIME(6) NULL,
    resolution_notes TEXT NULL,
    fingerprint VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
    first_seen_at DATETIME(6) NOT NULL,
    last_seen_at DATETIME(6) NOT NULL,
    occurrences INT UNSIGNED NOT NULL DEFAULT 1,
    status ENUM('open', 'in_review', 'corrected', 'resolved', 'parked') NOT NULL DEFAULT 'open',
    reopened INT UNSIGNED NOT NULL DEFAULT 0,
    run_id VARCHAR(191) NULL,
    rule_fingerprint CHAR(64) NULL,
    row_changed_at DATETIME(6) NULL,
    resolved_at DATETIME(6) NULL,
    notified_at DATETIME(6) NULL,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY data_consistency_alerts_fingerprint (fingerprint),
    KEY data_consistency_alerts_rule (alert_type, status, entity_id),
    KEY data_consistency_alerts_entity (entity_type, entity_id),
    KEY data_consistency_alerts_detected (detected_at),
    KEY data_consistency_alerts_severity (severity, detected_at),
    KEY data_consistency_alerts_status (status, last_seen_at),
    KEY data_consistency_alerts_company (company_id, status)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS manual_review_queue (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    company_id BIGINT UNSIGNED NULL,
    entity_type VARCHAR(40) NOT NULL,
    entity_id BIGINT UNSIGNED NOT NULL,
    call_id BIGINT UNSIGNED NULL,
    reason VARCHAR(255) NOT NULL,
    priority INT NOT NULL DEFAULT 5,
    status ENUM('pending', 'in_progress', 'resolved', 'dismissed') NOT NULL DEFAULT 'pending',
    context JSON NULL,
    proposal JSON NULL,
    assigned_to VARCHAR(100) NULL,
    assigned_at DATETIME(6) NULL,
    resolved_at DATETIME(6) NULL,
    resolution_notes TEXT NULL,
    fingerprint VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
    open_fingerprint VARCHAR(64) COLLATE utf8mb4_bin
    GENERATED ALWAYS AS (IF(status + 0 <= 2, fingerprint, NULL)) STORED,
    run_id VARCHAR(191) NULL,
    reopened INT UNSIGNED NOT NULL DEFAULT 0,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY manual_review_queue_open (open_fingerprint),
    KEY manual_review_queue_fingerprint (fingerprint),
    KEY manual_review_queue_status (status, priority, created_at),
    KEY manual_review_queue_entity (entity_type, entity_id),
    KEY manual_review_queue_company (company_id, status)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS consistency_corrections (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    run_id VARCHAR(191) NOT NULL,
    rule VARCHAR(100) NOT NULL,
    rule_fingerprint CHAR(64) NOT NULL,
    correction VARCHAR(100) NOT NULL,
    table_name VARCHAR(64) NOT NULL,
    entity_id BIGINT UNSIGNED NOT NULL,
    company_id BIGINT UNSIGNED NULL,
    before_values JSON NOT NULL,
    after_values JSON NOT NULL,
    evidence VARCHAR(255) NOT NULL,
    actor VARCHAR(100) NOT NULL,
    applied_at DATETIME(6) NOT NULL,
    undone_at DATETIME(6) NULL,
    undone_by VARCHAR(100) NULL,
    undo_run_id VARCHAR(191) NULL,
    PRIMARY KEY (id),
    KEY consistency_corrections_run (run_id),
    KEY consistency_corrections_entity (table_name, entity_id, rule),
    KEY consistency_corrections_rule (rule, applied_at),
    KEY consistency_corrections_applied (table_name, applied_at),
    KEY consistency_corrections_undone (table_name, undone_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS consistency_incidents (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    kind VARCHAR(30) COLLATE utf8mb4_bin NOT NULL,
    rule VARCHAR(100) COLLATE utf8mb4_bin NOT NULL,
    table_name VARCHAR(64) COLLATE utf8mb4_bin NOT NULL,
    company_id BIGINT UNSIGNED NULL,
    status ENUM('open', 'approved', 'rejected', 'closed') NOT NULL DEFAULT 'open',
    found BIGINT UNSIGNED NOT NULL,
    cap BIGINT UNSIGNED NOT NULL,
    detail VARCHAR(500) NOT NULL,
    run_id VARCHAR(191) NOT NULL,
    opened_at DATETIME(6) NOT NULL,
    last_seen_at DATETIME(6) NOT NULL,
    decided_at DATETIME(6) NULL,
    decided_by VARCHAR(100) NULL,
    notified_at DATETIME(6) NULL,
    open_key VARCHAR(300) COLLATE utf8mb4_bin
    GENERATED ALWAYS AS (IF(status + 0 = 1, CONCAT(kind, ':', table_name, ':', rule), NULL)) STORED,
    PRIMARY KEY (id),
    UNIQUE KEY consistency_incidents_open (open_key),
    KEY consistency_incidents_rule (rule, status)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS consistency_watermarks (
    table_name VARCHAR(64) NOT NULL,
    changed_until DATETIME(6) NOT NULL,
    run_id VARCHAR(191) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (table_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consistency_outbox (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    dedupe_key VARCHAR(191) NOT NULL,
    kind VARCHAR(30) NOT NULL,
    severity VARCHAR(10) NOT NULL,
    subject VARCHAR(255) NOT NULL,
    body MEDIUMTEXT NOT NULL,
    status ENUM('pending', 'sent', 'failed') NOT NULL DEFAULT 'pending',
    attempts INT UNSIGNED NOT NULL DEFAULT 0,
    last_error VARCHAR(500) NULL,
    created_at DATETIME(6) NOT NULL,
    sent_at DATETIME(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY consistency_outbox_dedupe (dedupe_key),
    KEY consistency_outbox_status (status, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consistency_heartbeats (
    name VARCHAR(64) NOT NULL,
    seen_at DATETIME(6) NOT NULL,
    run_id VARCHAR(191) NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS circuit_breaker_states (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    service_key VARCHAR(191) NOT NULL,
    company_id BIGINT UNSIGNED NULL,
    current_state ENUM('closed', 'open', 'half_open') NOT NULL DEFAULT 'closed',
    failure_count INT UNSIGNED NOT NULL DEFAULT 0,
    success_count INT UNSIGNED NOT NULL DEFAULT 0,
    last_failure_at DATETIME(6) NULL,
    opened_at DATETIME(6) NULL,
    closed_at DATETIME(6) NULL,
    state_changed_at DATETIME(6) NULL,
    metadata JSON NULL,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY circuit_breaker_states_service (service_key),
    KEY circuit_breaker_states_state (current_state, opened_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS circuit_breaker_events (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    service VARCHAR(191) NOT NULL,
    company_id BIGINT UNSIGNED NULL,
    old_state VARCHAR(20) NOT NULL,
    new_state VARCHAR(20) NOT NULL,
    reason VARCHAR(255) NULL,
    failure_count INT UNSIGNED NOT NULL DEFAULT 0,
    context JSON NULL,
    created_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY circuit_breaker_events_service (service, created_at),
    KEY circuit_breaker_events_time (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

CREATE TABLE IF NOT EXISTS circuit_breaker_metrics (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    service VARCHAR(191) NOT NULL,
    company_id BIGINT UNSIGNED NULL,
    status ENUM('success', 'failure', 'rejected') NOT NULL,
    state ENUM('closed', 'open', 'half_open') NOT NULL,
    duration_ms DECIMAL(10, 2) NULL,
    created_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY circuit_breaker_metrics_service (service, status, created_at),
    KEY circuit_breaker_metrics_time (created_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;
