-- follow_booking: where the calendar has led the booking of an appointment: to another time, where nobody is, or to its end.
-- table: appointments
-- columns: starts_at, ends_at, calcom_booking_id, calcom_v2_booking_id, calcom_v2_booking_uid, calcom_previous_booking_uid, status, calcom_sync_status
-- decided by: people
SELECT
    a.id AS id,
    IF(moved.id IS NULL, a.starts_at, moved.starts_at) AS starts_at,
    IF(moved.id IS NULL, a.ends_at, moved.ends_at) AS ends_at,
    IF(moved.id IS NULL OR a.calcom_booking_id IS NULL, a.calcom_booking_id, moved.calcom_id) AS calcom_booking_id,
    CASE
        WHEN moved.id IS NULL OR COALESCE(a.calcom_v2_booking_id, '') = '' THEN a.calcom_v2_booking_id
        WHEN IS_DIGITS(a.calcom_v2_booking_id) THEN CONCAT(moved.calcom_id)
        ELSE moved.calcom_uid
    END AS calcom_v2_booking_id,
    IF(moved.id IS NULL, a.calcom_v2_booking_uid, moved.calcom_uid) AS calcom_v2_booking_uid,
    IF(moved.id IS NULL, a.calcom_previous_booking_uid, booking.calcom_uid) AS calcom_previous_booking_uid,
    IF(moved.id IS NULL, 'cancelled', a.status) AS status,
    -- both sides say the same then
    IF(moved.id IS NULL AND a.calcom_sync_status IN ('pending', 'failed'), 'synced', a.calcom_sync_status) AS calcom_sync_status,
    IF(moved.id IS NULL, 'cancelled_in_calendar', 'move_in_calendar') AS evidence,
    CASE
        WHEN number_booking.id <> uid_booking.id THEN 'ids_of_two_bookings'
        WHEN IS_BOOKED_IN_CALENDAR(booking.status) THEN 'was_not_moved'
        WHEN moved.id IS NULL THEN WHY_NOT_CANCELLED(a, booking, call_row)
        -- what is written here would not say all that the row says
        WHEN COALESCE(a.external_id, '') <> '' AND COALESCE(a.external_id <> booking.calcom_uid, 1)
            OR COALESCE(a.calcom_booking_uid, '') <> ''
            OR moved.calcom_id IS NULL THEN 'booking_is_named_elsewhere'
        WHEN BOOKING_IS_USED_BY_ANOTHER(a, moved) THEN 'booking_is_used_elsewhere'
        WHEN IS_CALL_NAME(moved.metadata_call_id)
            AND COALESCE(NOT NAMES_CALL(moved.metadata_call_id, call_row.retell_call_id, call_row.id), 0)
            THEN 'booking_is_of_another_call'
        ELSE WHY_NOT_AT(a, moved)
    END AS refusal,
    0 AS review,
    IF(moved.id IS NULL, NULL, WHO_IS_AT(a, moved)) AS candidates
FROM appointments AS a
LEFT JOIN calls AS call_row ON call_row.id = a.call_id
LEFT JOIN consistency_calcom_bookings AS uid_booking
    ON uid_booking.company_id = a.company_id
    AND uid_booking.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
LEFT JOIN consistency_calcom_bookings AS number_booking
    ON number_booking.company_id = a.company_id
    AND number_booking.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
LEFT JOIN consistency_calcom_bookings AS booking ON booking.id = COALESCE(uid_booking.id, number_booking.id)
-- Where a chain of moves has led: of several that are held nobody knows which.
LEFT JOIN consistency_calcom_bookings AS moved
    ON moved.id = (
        SELECT IF(COUNT(*) = 1, MAX(later.id), NULL)
        FROM consistency_calcom_bookings AS later
        WHERE later.company_id = a.company_id
          AND later.root_uid = COALESCE(booking.root_uid, booking.calcom_uid)
          AND later.id <> booking.id
          AND IS_BOOKED_IN_CALENDAR(later.status)
    )
WHERE a.id IN :ids
