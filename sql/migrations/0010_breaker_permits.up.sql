-- 0010_breaker_permits: permits of the circuit breakers that were settled and changed something; kept for a day.
CREATE TABLE IF NOT EXISTS consistency_breaker_permits (
    permit CHAR(16) NOT NULL,
    outcome ENUM('success', 'failure', 'neither') NOT NULL,
    settled_at DATETIME(6) NOT NULL,
    PRIMARY KEY (permit),
    KEY consistency_breaker_permits_time (settled_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
