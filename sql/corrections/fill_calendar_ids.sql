-- fill_calendar_ids: number or uid, where the calendar gives it and nothing is stored; what is stored stays.
-- table: appointments
-- columns: calcom_booking_id, calcom_v2_booking_uid
-- Who else names the booking is asked column by column: a list of them could use no key, and a number that is NULL would be
-- looked for among all that are NULL.
SELECT
    x.id AS id,
    x.calcom_booking_id AS calcom_booking_id,
    x.calcom_v2_booking_uid AS calcom_v2_booking_uid,
    'calendar_booking' AS evidence,
    IF(x.others <> '', 'booking_is_used_elsewhere', NULL) AS refusal,
    0 AS review,
    CONCAT('[', x.others, ']') AS candidates
FROM (
    SELECT
        a.id AS id,
        IF(NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id) IS NULL, booking.calcom_id, a.calcom_booking_id) AS calcom_booking_id,
        IF(UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid) IS NULL, booking.calcom_uid, a.calcom_v2_booking_uid)
            AS calcom_v2_booking_uid,
        CONCAT_WS(
            ',',
            (
                SELECT GROUP_CONCAT(by_uid.id)
                FROM appointments AS by_uid
                WHERE by_uid.calcom_v2_booking_uid = booking.calcom_uid COLLATE utf8mb4_unicode_ci
                  AND IS_BESIDE(a, by_uid)  -- noqa: RF03
            ),
            (
                SELECT GROUP_CONCAT(by_older.id)
                FROM appointments AS by_older
                WHERE by_older.calcom_v2_booking_id = booking.calcom_uid COLLATE utf8mb4_unicode_ci
                  AND IS_BESIDE(a, by_older)  -- noqa: RF03
            ),
            (
                SELECT GROUP_CONCAT(by_first_uid.id)
                FROM appointments AS by_first_uid
                WHERE by_first_uid.consistency_older_uid = booking.calcom_uid COLLATE utf8mb4_unicode_ci
                  AND IS_BESIDE(a, by_first_uid)  -- noqa: RF03
            ),
            (
                SELECT GROUP_CONCAT(by_uid_outside.id)
                FROM appointments AS by_uid_outside
                WHERE by_uid_outside.consistency_external_id = booking.calcom_uid COLLATE utf8mb4_unicode_ci
                  AND IS_BESIDE(a, by_uid_outside)  -- noqa: RF03
            ),
            (
                SELECT GROUP_CONCAT(by_number.id)
                FROM appointments AS by_number
                WHERE by_number.calcom_booking_id = booking.calcom_id
                  AND booking.calcom_id IS NOT NULL
                  AND IS_BESIDE(a, by_number)  -- noqa: RF03
            ),
            (
                SELECT GROUP_CONCAT(by_written.id)
                FROM appointments AS by_written
                WHERE by_written.calcom_v2_booking_id = CONCAT(booking.calcom_id) COLLATE utf8mb4_unicode_ci
                  AND booking.calcom_id IS NOT NULL
                  AND IS_BESIDE(a, by_written)  -- noqa: RF03
            ),
            (
                SELECT GROUP_CONCAT(by_number_outside.id)
                FROM appointments AS by_number_outside
                WHERE by_number_outside.consistency_external_id = CONCAT(booking.calcom_id) COLLATE utf8mb4_unicode_ci
                  AND booking.calcom_id IS NOT NULL
                  AND IS_BESIDE(a, by_number_outside)  -- noqa: RF03
            )
        ) AS others
    FROM appointments AS a
    LEFT JOIN consistency_calcom_bookings AS uid_booking
        ON uid_booking.company_id = a.company_id
        AND uid_booking.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
    LEFT JOIN consistency_calcom_bookings AS number_booking
        ON number_booking.company_id = a.company_id
        AND number_booking.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
    INNER JOIN consistency_calcom_bookings AS booking ON booking.id = COALESCE(uid_booking.id, number_booking.id)
    WHERE a.id IN :ids
) AS x
