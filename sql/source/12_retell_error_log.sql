-- retell_error_log: errors of the voice agent's functions, generation S1.
CREATE TABLE retell_error_log (
    id CHAR(36) NOT NULL,
    call_session_id CHAR(36) NOT NULL,
    error_code VARCHAR(100) NULL,
    error_type VARCHAR(100) NULL,
    severity VARCHAR(20) NOT NULL DEFAULT 'medium',
    occurred_at TIMESTAMP(6) NULL DEFAULT NULL,
    error_message TEXT NULL,
    booking_failed TINYINT(1) NOT NULL DEFAULT 0,
    call_terminated TINYINT(1) NOT NULL DEFAULT 0,
    resolved TINYINT(1) NOT NULL DEFAULT 0,
    PRIMARY KEY (id),
    KEY retell_error_log_session_index (call_session_id),
    KEY retell_error_log_occurred_index (occurred_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
