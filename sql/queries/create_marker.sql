-- create_marker: the table that says a schema is ours.
CREATE TABLE IF NOT EXISTS consistency_marker (
    id TINYINT NOT NULL,
    environment VARCHAR(20) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
