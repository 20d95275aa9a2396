-- 0013_events: every transition, once and for good, and what has been taken back. Nothing here is ever updated: rows are
-- inserted, and deleted by whole runs when their time is over. Statements end with `;` at a line's end.
CREATE TABLE IF NOT EXISTS consistency_events (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    run_id VARCHAR(191) NOT NULL,
    occurred_at DATETIME(6) NOT NULL,
    actor VARCHAR(100) NOT NULL,
    kind VARCHAR(20) NOT NULL,
    subject_id BIGINT UNSIGNED NULL,
    rule VARCHAR(100) NULL,
    rule_fingerprint CHAR(64) NULL,
    entity_type VARCHAR(40) NULL,
    entity_id BIGINT UNSIGNED NULL,
    company_id BIGINT UNSIGNED NULL,
    state_from VARCHAR(20) NULL,
    state_to VARCHAR(20) NOT NULL,
    detail JSON NULL,
    digest CHAR(64) NULL,
    previous CHAR(64) NULL,
    links JSON NULL,
    hash CHAR(64) NOT NULL,
    PRIMARY KEY (id),
    KEY consistency_events_run (run_id, id),
    KEY consistency_events_previous (run_id, previous),
    KEY consistency_events_kind (kind, id),
    KEY consistency_events_subject (kind, subject_id),
    KEY consistency_events_entity (entity_type, entity_id),
    KEY consistency_events_digest (digest),
    KEY consistency_events_time (occurred_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consistency_undos (
    correction_id BIGINT UNSIGNED NOT NULL,
    run_id VARCHAR(191) NOT NULL,
    undone_at DATETIME(6) NOT NULL,
    undone_by VARCHAR(100) NOT NULL,
    PRIMARY KEY (correction_id),
    KEY consistency_undos_run (run_id),
    KEY consistency_undos_time (undone_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

ALTER TABLE data_consistency_alerts
MODIFY COLUMN status ENUM('open', 'in_review', 'corrected', 'resolved', 'parked', 'accepted', 'dismissed')
NOT NULL DEFAULT 'open';
