-- 0017_following: what a check remembers of rows that many others name, and rows that must be read anew because others are
-- gone. Digests and keys, no values. A row without an id stands for its whole table. The row without a key says that the
-- rows of a parent table are remembered.
CREATE TABLE IF NOT EXISTS consistency_parents (
    table_name VARCHAR(64) NOT NULL,
    parent_table VARCHAR(64) NOT NULL,
    row_key VARCHAR(64) NOT NULL,
    digest VARCHAR(32) NOT NULL,
    PRIMARY KEY (table_name, parent_table, row_key)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consistency_touched (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    table_name VARCHAR(64) NOT NULL,
    row_id BIGINT UNSIGNED NULL,
    touched_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY consistency_touched_table (table_name, touched_at),
    KEY consistency_touched_time (touched_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
