-- appointments: invisible, computed copies of the two columns that hold a booking id without an index, the company of what
-- reaches beyond the slot after that of its start and is still to happen, and the ways by them. All others have a number
-- below zero that few share: of an index that is NULL nearly everywhere, servers believe that each value has as many rows.
ALTER TABLE appointments
ADD COLUMN consistency_external_id VARCHAR(191) GENERATED ALWAYS AS (NULLIF(LEFT(TRIM(external_id), 191), '')) VIRTUAL INVISIBLE,
ADD COLUMN consistency_older_uid VARCHAR(191) GENERATED ALWAYS AS (NULLIF(LEFT(TRIM(calcom_booking_uid), 191), '')) VIRTUAL INVISIBLE,
ADD COLUMN consistency_long BIGINT GENERATED ALWAYS AS (
    IF(SLOT(ends_at) > SLOT(starts_at) + 1 AND IS_ACTIVE(status) AND deleted_at IS NULL, CAST(company_id AS SIGNED), -1 - SLOT(starts_at))
) VIRTUAL INVISIBLE,
ADD INDEX consistency_external_index (consistency_external_id),
ADD INDEX consistency_older_uid_index (consistency_older_uid),
ADD INDEX consistency_long_index (consistency_long);
