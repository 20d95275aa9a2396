-- appointment_modifications: reschedules and cancellations, generation S1.
CREATE TABLE appointment_modifications (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    appointment_id BIGINT UNSIGNED NOT NULL,
    modification_type VARCHAR(20) NOT NULL,
    modified_by_type VARCHAR(50) NULL,
    metadata JSON NULL,
    created_at TIMESTAMP NULL DEFAULT NULL,
    PRIMARY KEY (id),
    KEY appointment_modifications_appointment_id_index (appointment_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
