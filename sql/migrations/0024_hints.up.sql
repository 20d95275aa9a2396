-- 0024_hints: what providers say has happened, until it has been looked at: ids and times, nothing of the body. A digest of
-- the body tells the same message again for a while.
CREATE TABLE IF NOT EXISTS consistency_hints (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    provider VARCHAR(20) NOT NULL,
    company_id BIGINT UNSIGNED NULL,
    kind VARCHAR(40) NOT NULL,
    ref VARCHAR(191) NOT NULL,
    other_ref VARCHAR(191) NULL,
    digest CHAR(64) NOT NULL,
    said_at DATETIME(6) NOT NULL,
    received_at DATETIME(6) NOT NULL,
    due_at DATETIME(6) NOT NULL,
    repeats INT UNSIGNED NOT NULL DEFAULT 0,
    attempts INT UNSIGNED NOT NULL DEFAULT 0,
    agreed_at DATETIME(6) NULL,
    done_at DATETIME(6) NULL,
    lease_token CHAR(32) NULL,
    lease_until DATETIME(6) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY consistency_hints_digest (digest),
    KEY consistency_hints_due (done_at, due_at),
    KEY consistency_hints_lease (lease_until),
    KEY consistency_hints_received (received_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
