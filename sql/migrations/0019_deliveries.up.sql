-- 0019_deliveries: one row a message, channel and recipient, and how each channel does. Statements end with `;` at a line's end.
CREATE TABLE IF NOT EXISTS consistency_deliveries (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    message_id BIGINT UNSIGNED NOT NULL,
    channel VARCHAR(24) NOT NULL,
    recipient VARCHAR(32) NOT NULL,
    status ENUM('waiting', 'sent', 'set_aside', 'discarded') NOT NULL DEFAULT 'waiting',
    attempts INT UNSIGNED NOT NULL DEFAULT 0,
    due_at DATETIME(6) NOT NULL,
    lease_token CHAR(32) NULL,
    lease_until DATETIME(6) NULL,
    last_error VARCHAR(500) NULL,
    created_at DATETIME(6) NOT NULL,
    settled_at DATETIME(6) NULL,
    settled_by VARCHAR(100) NULL,
    PRIMARY KEY (id),
    UNIQUE KEY consistency_deliveries_recipient (message_id, channel, recipient),
    KEY consistency_deliveries_due (status, due_at),
    KEY consistency_deliveries_settled (settled_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consistency_channels (
    name VARCHAR(24) NOT NULL,
    failing_since DATETIME(6) NOT NULL,
    attempts INT UNSIGNED NOT NULL,
    due_at DATETIME(6) NOT NULL,
    last_error VARCHAR(500) NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
