-- appointment_phases: parts of a composite appointment, generation S1.
CREATE TABLE appointment_phases (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    appointment_id BIGINT UNSIGNED NOT NULL,
    phase_type VARCHAR(20) NOT NULL,
    start_time TIMESTAMP NULL DEFAULT NULL,
    end_time TIMESTAMP NULL DEFAULT NULL,
    staff_required TINYINT(1) NOT NULL DEFAULT 1,
    calcom_booking_id BIGINT UNSIGNED NULL,
    created_at TIMESTAMP NULL DEFAULT NULL,
    updated_at TIMESTAMP NULL DEFAULT NULL,
    PRIMARY KEY (id),
    KEY appointment_phases_appointment_id_index (appointment_id),
    CONSTRAINT appointment_phases_appointment_id_foreign FOREIGN KEY (appointment_id) REFERENCES appointments (id)
    ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci
