-- 0022_announcements: announcements with a key of their own, so that a repeat is judged as of the first time and gets its
-- answer. No names and no texts: ids, times and words of ours.
CREATE TABLE IF NOT EXISTS consistency_announcements (
    company_id BIGINT UNSIGNED NOT NULL,
    idempotency_key VARCHAR(191) NOT NULL,
    call_id BIGINT UNSIGNED NOT NULL,
    request_hash CHAR(64) NOT NULL,
    announced_at DATETIME(6) NULL,
    received_at DATETIME(6) NOT NULL,
    verdict VARCHAR(20) NULL,
    action VARCHAR(30) NULL,
    run_id VARCHAR(191) NULL,
    updated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (company_id, idempotency_key),
    KEY consistency_announcements_time (updated_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
