-- staff: people who serve, generation S1.
CREATE TABLE staff (
    id CHAR(36) NOT NULL,
    company_id BIGINT UNSIGNED NOT NULL,
    branch_id CHAR(36) NULL,
    name VARCHAR(255) NOT NULL,
    calcom_user_id BIGINT UNSIGNED NULL,
    is_active TINYINT(1) NOT NULL DEFAULT 1,
    created_at TIMESTAMP NULL DEFAULT NULL,
    updated_at TIMESTAMP NULL DEFAULT NULL,
    deleted_at TIMESTAMP NULL DEFAULT NULL,
    PRIMARY KEY (id),
    KEY staff_company_id_index (company_id),
    CONSTRAINT staff_company_id_foreign FOREIGN KEY (company_id) REFERENCES companies (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
