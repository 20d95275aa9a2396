-- customers: people who book, generation S1.
CREATE TABLE customers (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    company_id BIGINT UNSIGNED NOT NULL,
    branch_id CHAR(36) NULL,
    name VARCHAR(255) NOT NULL,
    email VARCHAR(255) NULL,
    phone VARCHAR(255) NULL,
    phone_variants JSON NULL,
    status VARCHAR(255) NOT NULL DEFAULT 'active',
    customer_type VARCHAR(255) NULL DEFAULT 'private',
    source VARCHAR(50) NULL,
    journey_status VARCHAR(255) NOT NULL DEFAULT 'initial_contact',
    created_at TIMESTAMP NULL DEFAULT NULL,
    updated_at TIMESTAMP NULL DEFAULT NULL,
    deleted_at TIMESTAMP NULL DEFAULT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY customers_email_unique (email),
    KEY customers_company_id_phone_index (company_id, phone),
    CONSTRAINT customers_company_id_foreign FOREIGN KEY (company_id) REFERENCES companies (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
