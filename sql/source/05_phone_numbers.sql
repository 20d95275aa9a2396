-- phone_numbers: the numbers that are ours, generation S1.
CREATE TABLE phone_numbers (
    id CHAR(36) NOT NULL,
    company_id BIGINT UNSIGNED NOT NULL,
    branch_id CHAR(36) NULL,
    number VARCHAR(255) NOT NULL,
    number_normalized VARCHAR(20) NULL,
    retell_agent_id VARCHAR(255) NULL,
    created_at TIMESTAMP NULL DEFAULT NULL,
    updated_at TIMESTAMP NULL DEFAULT NULL,
    PRIMARY KEY (id),
    KEY phone_numbers_company_id_index (company_id),
    KEY phone_numbers_number_normalized_index (number_normalized),
    CONSTRAINT phone_numbers_company_id_foreign FOREIGN KEY (company_id) REFERENCES companies (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
