-- 0006_calcom_bookings: what the calendar says of each booking, without who it is for. Times are UTC.
-- seen_at moves with every reading, changed_at only when something else did. A status that we do not know is `other`.
CREATE TABLE IF NOT EXISTS consistency_calcom_bookings (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    company_id BIGINT UNSIGNED NOT NULL,
    calcom_uid VARCHAR(100) NOT NULL,
    calcom_id BIGINT UNSIGNED NULL,
    event_type_id BIGINT UNSIGNED NULL,
    status ENUM('accepted', 'pending', 'cancelled', 'rejected', 'other') NOT NULL,
    starts_at DATETIME(6) NOT NULL,
    ends_at DATETIME(6) NOT NULL,
    created_at_calcom DATETIME(6) NULL,
    metadata_call_id VARCHAR(191) NULL,
    rescheduled_to_uid VARCHAR(100) NULL,
    seen_at DATETIME(6) NOT NULL,
    changed_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY consistency_calcom_bookings_uid (company_id, calcom_uid),
    UNIQUE KEY consistency_calcom_bookings_number (company_id, calcom_id),
    KEY consistency_calcom_bookings_call (company_id, metadata_call_id),
    KEY consistency_calcom_bookings_changed (changed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
