-- BOOKING_IS_USED_BY_ANOTHER(mine, booked): whether a live appointment names a booking of the calendar and is not mine; mine is the
-- name of a row of appointments, booked of one of the mirror. One search a column, as a list of them could use no key;
-- a number that is NULL would be looked for among all that are NULL.
SELECT
    (
        :booked.calcom_id IS NOT NULL AND EXISTS (
            SELECT 1
            FROM appointments AS by_number
            WHERE by_number.calcom_booking_id = :booked.calcom_id
              AND IF(TRUE, by_number.company_id, 0) = :mine.company_id
              AND by_number.id <> :mine.id
              AND by_number.deleted_at IS NULL
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS by_uid
            WHERE by_uid.calcom_v2_booking_uid = :booked.calcom_uid COLLATE utf8mb4_unicode_ci
              AND IF(TRUE, by_uid.company_id, 0) = :mine.company_id
              AND by_uid.id <> :mine.id
              AND by_uid.deleted_at IS NULL
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS by_older
            WHERE by_older.calcom_v2_booking_id = :booked.calcom_uid COLLATE utf8mb4_unicode_ci
              AND IF(TRUE, by_older.company_id, 0) = :mine.company_id
              AND by_older.id <> :mine.id
              AND by_older.deleted_at IS NULL
        )
        OR :booked.calcom_id IS NOT NULL AND EXISTS (
            SELECT 1
            FROM appointments AS by_written
            WHERE by_written.calcom_v2_booking_id = CONCAT(:booked.calcom_id) COLLATE utf8mb4_unicode_ci
              AND IF(TRUE, by_written.company_id, 0) = :mine.company_id
              AND by_written.id <> :mine.id
              AND by_written.deleted_at IS NULL
        )
    )
