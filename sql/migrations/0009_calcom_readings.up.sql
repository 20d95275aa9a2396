-- 0009_calcom_readings: how far each company's calendar has been read, and bookings that a reading no longer showed.
-- A reading is under way while begun_at is set: it goes on at next_at. revision moves with each step, so that of two
-- readers only one can take it. completed_at is when the last complete reading began.
CREATE TABLE IF NOT EXISTS consistency_calcom_readings (
    company_id BIGINT UNSIGNED NOT NULL,
    kind ENUM('changes', 'horizon') NOT NULL,
    begun_at DATETIME(6) NULL,
    lower_at DATETIME(6) NULL,
    upper_at DATETIME(6) NULL,
    next_at DATETIME(6) NULL,
    completed_at DATETIME(6) NULL,
    revision BIGINT UNSIGNED NOT NULL DEFAULT 0,
    run_id VARCHAR(191) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (company_id, kind)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS consistency_calcom_absences (
    company_id BIGINT UNSIGNED NOT NULL,
    calcom_uid VARCHAR(100) NOT NULL,
    missed_at DATETIME(6) NOT NULL,
    PRIMARY KEY (company_id, calcom_uid)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
