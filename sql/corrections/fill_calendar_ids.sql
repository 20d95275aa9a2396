-- fill_calendar_ids: number or uid, where the calendar gives it and nothing is stored; what is stored stays.
-- table: appointments
-- columns: calcom_booking_id, calcom_v2_booking_uid
SELECT
    a.id AS id,
    IF(NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id) IS NULL, booking.calcom_id, a.calcom_booking_id) AS calcom_booking_id,
    IF(UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid) IS NULL, booking.calcom_uid, a.calcom_v2_booking_uid)
        AS calcom_v2_booking_uid,
    'calendar_booking' AS evidence,
    IF(COUNT(other.id) > 0, 'booking_is_used_elsewhere', NULL) AS refusal,
    0 AS review,
    CONCAT('[', COALESCE(GROUP_CONCAT(other.id ORDER BY other.id), ''), ']') AS candidates
FROM appointments AS a
LEFT JOIN consistency_calcom_bookings AS uid_booking
    ON uid_booking.company_id = a.company_id
    AND uid_booking.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
LEFT JOIN consistency_calcom_bookings AS number_booking
    ON number_booking.company_id = a.company_id
    AND number_booking.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
INNER JOIN consistency_calcom_bookings AS booking ON booking.id = COALESCE(uid_booking.id, number_booking.id)
LEFT JOIN appointments AS other
    ON other.id <> a.id
    AND other.deleted_at IS NULL
    AND (
        other.calcom_booking_id = booking.calcom_id
        OR other.calcom_v2_booking_uid = booking.calcom_uid COLLATE utf8mb4_unicode_ci
        OR other.calcom_v2_booking_id IN (booking.calcom_uid COLLATE utf8mb4_unicode_ci, CONCAT(booking.calcom_id))
        OR other.calcom_booking_uid = booking.calcom_uid COLLATE utf8mb4_unicode_ci
        OR other.external_id IN (booking.calcom_uid COLLATE utf8mb4_unicode_ci, CONCAT(booking.calcom_id))
    )
WHERE a.id IN :ids
GROUP BY a.id
