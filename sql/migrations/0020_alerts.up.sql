-- 0020_alerts: the life of each alert, what has happened to it, and what is muted. Statements end with `;` at a line's end.
CREATE TABLE IF NOT EXISTS consistency_alert_lives (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    topic VARCHAR(255) NOT NULL,
    route VARCHAR(24) NOT NULL,
    opened_at DATETIME(6) NULL,
    severity ENUM('critical', 'warning', 'info') NOT NULL,
    row_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
    quiet_since DATETIME(6) NULL,
    closed_at DATETIME(6) NULL,
    last_opened_at DATETIME(6) NULL,
    returns INT UNSIGNED NOT NULL DEFAULT 0,
    told_at DATETIME(6) NULL,
    known_at DATETIME(6) NULL,
    known_rows BIGINT UNSIGNED NOT NULL DEFAULT 0,
    known_severity ENUM('critical', 'warning', 'info') NOT NULL DEFAULT 'info',
    renewals INT UNSIGNED NOT NULL DEFAULT 0,
    acknowledged_at DATETIME(6) NULL,
    acknowledged_by VARCHAR(100) NULL,
    snoozed_until DATETIME(6) NULL,
    escalated_at DATETIME(6) NULL,
    thread VARCHAR(191) NULL,
    subject VARCHAR(255) NULL,
    places JSON NULL,
    updated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY consistency_alert_lives_topic (topic, route),
    KEY consistency_alert_lives_opened (opened_at),
    KEY consistency_alert_lives_closed (closed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consistency_alert_events (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    alert_id BIGINT UNSIGNED NOT NULL,
    occurred_at DATETIME(6) NOT NULL,
    what VARCHAR(20) NOT NULL,
    row_count BIGINT UNSIGNED NOT NULL,
    actor VARCHAR(100) NOT NULL,
    detail VARCHAR(255) NULL,
    PRIMARY KEY (id),
    KEY consistency_alert_events_alert (alert_id, id),
    KEY consistency_alert_events_time (occurred_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consistency_alert_mutes (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    rule VARCHAR(100) NULL,
    company_id BIGINT UNSIGNED NULL,
    starts_at DATETIME(6) NOT NULL,
    ends_at DATETIME(6) NOT NULL,
    reason VARCHAR(255) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    created_by VARCHAR(100) NOT NULL,
    PRIMARY KEY (id),
    KEY consistency_alert_mutes_end (ends_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
