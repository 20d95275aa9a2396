-- take_time_of_booking: the time that the calendar holds for an appointment, where nothing here is younger and nobody is there.
-- table: appointments
-- columns: starts_at, ends_at
-- decided by: people
SELECT
    a.id AS id,
    booking.starts_at AS starts_at,
    booking.ends_at AS ends_at,
    'calendar_booking' AS evidence,
    CASE
        WHEN number_booking.id <> uid_booking.id THEN 'ids_of_two_bookings'
        WHEN BOOKING_IS_USED_BY_ANOTHER(a, booking) THEN 'booking_is_used_elsewhere'
        WHEN IS_CALL_NAME(booking.metadata_call_id)
            AND COALESCE(NOT NAMES_CALL(booking.metadata_call_id, call_row.retell_call_id, call_row.id), 0)
            THEN 'booking_is_of_another_call'
        ELSE WHY_NOT_AT(a, booking)
    END AS refusal,
    0 AS review,
    WHO_IS_AT(a, booking) AS candidates
FROM appointments AS a
LEFT JOIN calls AS call_row ON call_row.id = a.call_id
LEFT JOIN consistency_calcom_bookings AS uid_booking
    ON uid_booking.company_id = a.company_id
    AND uid_booking.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
LEFT JOIN consistency_calcom_bookings AS number_booking
    ON number_booking.company_id = a.company_id
    AND number_booking.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
INNER JOIN consistency_calcom_bookings AS booking ON booking.id = COALESCE(uid_booking.id, number_booking.id)
WHERE a.id IN :ids
