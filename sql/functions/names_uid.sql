-- NAMES_UID(uid, id, company_id): whether another live appointment of the company has this uid as that of its booking, in any
-- column. One search a column, as a list of them could use no key; and IF, so that the company is not taken for one.
SELECT
    (
        EXISTS (
            SELECT 1
            FROM appointments AS of_uid
            WHERE of_uid.calcom_v2_booking_uid = :uid AND of_uid.id <> :id AND of_uid.deleted_at IS NULL
              AND IF(TRUE, of_uid.company_id, 0) = :company_id
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS of_uid_as_id
            WHERE of_uid_as_id.calcom_v2_booking_id = :uid
              AND of_uid_as_id.id <> :id
              AND of_uid_as_id.deleted_at IS NULL
              AND IF(TRUE, of_uid_as_id.company_id, 0) = :company_id
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS of_older_uid
            WHERE of_older_uid.consistency_older_uid = :uid
              AND of_older_uid.id <> :id
              AND of_older_uid.deleted_at IS NULL
              AND IF(TRUE, of_older_uid.company_id, 0) = :company_id
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS of_uid_outside
            WHERE of_uid_outside.consistency_external_id = :uid
              AND of_uid_outside.id <> :id
              AND of_uid_outside.deleted_at IS NULL
              AND IF(TRUE, of_uid_outside.company_id, 0) = :company_id
        )
    )
