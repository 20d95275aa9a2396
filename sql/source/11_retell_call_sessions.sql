-- retell_call_sessions: sessions of the voice agent, generation S1.
CREATE TABLE retell_call_sessions (
    id CHAR(36) NOT NULL,
    call_id VARCHAR(255) NOT NULL,
    company_id BIGINT UNSIGNED NULL,
    call_status VARCHAR(50) NOT NULL DEFAULT 'in_progress',
    started_at TIMESTAMP(6) NULL DEFAULT NULL,
    ended_at TIMESTAMP(6) NULL DEFAULT NULL,
    duration_ms INT NULL,
    created_at TIMESTAMP NULL DEFAULT NULL,
    updated_at TIMESTAMP NULL DEFAULT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY retell_call_sessions_call_id_unique (call_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
