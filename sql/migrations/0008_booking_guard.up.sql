-- 0008_booking_guard: bookings that could not be verified, and the keys of those who ask.
CREATE TABLE IF NOT EXISTS consistency_booking_rechecks (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    company_id BIGINT UNSIGNED NULL,
    call_id BIGINT UNSIGNED NOT NULL,
    appointment_id BIGINT UNSIGNED NULL,
    external_booking_id VARCHAR(191) NULL,
    requested_at DATETIME(6) NOT NULL,
    due_at DATETIME(6) NOT NULL,
    attempts INT UNSIGNED NOT NULL DEFAULT 0,
    status ENUM('waiting', 'settled', 'given_up') NOT NULL DEFAULT 'waiting',
    cause VARCHAR(255) NOT NULL,
    waiting_call_id BIGINT UNSIGNED GENERATED ALWAYS AS (IF(status + 0 = 1, call_id, NULL)) STORED,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY consistency_booking_rechecks_waiting (waiting_call_id),
    KEY consistency_booking_rechecks_due (status, due_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consistency_api_keys (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    company_id BIGINT UNSIGNED NOT NULL,
    name VARCHAR(100) NOT NULL,
    key_hash CHAR(64) NOT NULL,
    expires_at DATETIME(6) NULL,
    revoked_at DATETIME(6) NULL,
    created_at DATETIME(6) NOT NULL,
    created_by VARCHAR(100) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY consistency_api_keys_hash (key_hash),
    UNIQUE KEY consistency_api_keys_name (company_id, name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
