-- create_mapping: the table that says which views are ours and where each of their columns comes from.
CREATE TABLE IF NOT EXISTS consistency_mapping (
    table_name VARCHAR(64) NOT NULL,
    column_name VARCHAR(64) NOT NULL,
    origin VARCHAR(20) NOT NULL,
    source_schema VARCHAR(64) NOT NULL,
    source_table VARCHAR(64) NOT NULL,
    source VARCHAR(255) NOT NULL,
    mapping VARCHAR(100) NOT NULL,
    PRIMARY KEY (table_name, column_name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin
