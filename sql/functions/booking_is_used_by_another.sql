-- BOOKING_IS_USED_BY_ANOTHER(mine, booked): whether a live appointment names a booking of the calendar and is not mine; mine is the
-- name of a row of appointments, booked of one of the mirror. One search a column, as a list of them could use no key;
-- a number that is NULL would be looked for among all that are NULL.
SELECT
    (
        :booked.calcom_id IS NOT NULL AND EXISTS (
            SELECT 1
            FROM appointments AS by_number
            WHERE by_number.calcom_booking_id = :booked.calcom_id
              AND IS_BESIDE(:mine, by_number)
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS by_uid
            WHERE by_uid.calcom_v2_booking_uid = :booked.calcom_uid COLLATE utf8mb4_unicode_ci
              AND IS_BESIDE(:mine, by_uid)
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS by_older
            WHERE by_older.calcom_v2_booking_id = :booked.calcom_uid COLLATE utf8mb4_unicode_ci
              AND IS_BESIDE(:mine, by_older)
        )
        OR :booked.calcom_id IS NOT NULL AND EXISTS (
            SELECT 1
            FROM appointments AS by_written
            WHERE by_written.calcom_v2_booking_id = CONCAT(:booked.calcom_id) COLLATE utf8mb4_unicode_ci
              AND IS_BESIDE(:mine, by_written)
        )
    )
