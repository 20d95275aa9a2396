-- appointments: invisible, computed copies of the two columns that hold a booking id without an index, the company of what lasts
-- longer than a slot of eight hours and is still to happen, and the ways by them.
ALTER TABLE appointments
ADD COLUMN consistency_external_id VARCHAR(191) GENERATED ALWAYS AS (NULLIF(LEFT(TRIM(external_id), 191), '')) VIRTUAL INVISIBLE,
ADD COLUMN consistency_older_uid VARCHAR(191) GENERATED ALWAYS AS (NULLIF(LEFT(TRIM(calcom_booking_uid), 191), '')) VIRTUAL INVISIBLE,
ADD COLUMN consistency_long BIGINT UNSIGNED GENERATED ALWAYS AS (
    IF(IS_LONG(starts_at, ends_at) AND IS_ACTIVE(status) AND deleted_at IS NULL, company_id, NULL)
) VIRTUAL INVISIBLE,
ADD INDEX consistency_external_index (consistency_external_id),
ADD INDEX consistency_older_uid_index (consistency_older_uid),
ADD INDEX consistency_long_index (consistency_long);
