-- set_booking_flags_from_appointment: the valid appointment of a call sets its flag and link; a known outcome is kept. A
-- booking that is said to have failed needs the calendar's word as well, where one is read.
-- table: calls
-- columns: appointment_made, appointment_link_status, appointment_linked_at, converted_appointment_id, session_outcome
-- when: booking_evidence = 'live'
SELECT
    c.id AS id,
    1 AS appointment_made,
    'linked' AS appointment_link_status,
    COALESCE(c.appointment_linked_at, MIN(a.created_at), :now) AS appointment_linked_at,
    COALESCE(c.converted_appointment_id, IF(COUNT(DISTINCT a.id) = 1, MIN(a.id), NULL)) AS converted_appointment_id,
    COALESCE(c.session_outcome, 'appointment_booked') AS session_outcome,
    IF(COUNT(COALESCE(uid_booking.id, number_booking.id)) > 0, 'calendar_booking', 'appointment') AS evidence,
    CASE
        WHEN MAX(a.company_id <> c.company_id) = 1 THEN 'appointment_of_other_company'
        WHEN (c.appointment_link_status = 'creation_failed' OR COALESCE(c.booking_failed, 0) = 1)
            AND COUNT(COALESCE(uid_booking.id, number_booking.id)) = 0
            AND CALENDAR_IS_CONNECTED(c.company_id) THEN 'calendar_does_not_say_so'
    END AS refusal,
    0 AS review,
    NULL AS candidates
FROM calls AS c
INNER JOIN appointments AS a
    ON a.call_id = c.id
    AND a.deleted_at IS NULL
    AND NOT IS_VOID(a.status)
LEFT JOIN consistency_calcom_bookings AS uid_booking
    ON uid_booking.company_id = a.company_id
    AND uid_booking.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
    AND IS_BOOKED_IN_CALENDAR(uid_booking.status)
LEFT JOIN consistency_calcom_bookings AS number_booking
    ON number_booking.company_id = a.company_id
    AND number_booking.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
    AND IS_BOOKED_IN_CALENDAR(number_booking.status)
WHERE c.id IN :ids
GROUP BY c.id
