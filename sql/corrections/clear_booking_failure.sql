-- clear_booking_failure: an appointment that is known to be younger than the failure, or that the calendar holds, is the
-- booking; where nobody knows what came first, a person decides.
-- table: calls
-- columns: booking_failed, booking_failure_reason, requires_manual_processing
-- when: booking_evidence = 'live'
SELECT
    c.id AS id,
    0 AS booking_failed,
    NULL AS booking_failure_reason,
    0 AS requires_manual_processing,
    IF(COUNT(COALESCE(uid_booking.id, number_booking.id)) > 0, 'calendar_booking', 'appointment_after_failure') AS evidence,
    CASE
        WHEN MAX(a.company_id <> c.company_id) = 1 THEN 'appointment_of_other_company'
        WHEN COUNT(COALESCE(uid_booking.id, number_booking.id)) > 0 THEN NULL
        WHEN MAX(failure.failed_at) IS NULL THEN 'order_is_unknown'
        WHEN MAX(a.created_at) > MAX(failure.failed_at) THEN NULL
        ELSE 'appointment_older_than_failure'
    END AS refusal,
    0 AS review,
    CONCAT('[', COALESCE(GROUP_CONCAT(DISTINCT a.id ORDER BY a.id), ''), ']') AS candidates
FROM calls AS c
LEFT JOIN appointments AS a
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
LEFT JOIN (
    SELECT
        failed.id AS call_id,
        MAX(e.occurred_at) AS failed_at
    FROM calls AS failed
    INNER JOIN retell_call_sessions AS s ON s.call_id = failed.retell_call_id
    INNER JOIN retell_error_log AS e ON e.call_session_id = s.id AND e.booking_failed = 1
    WHERE failed.id IN :ids
    GROUP BY failed.id
) AS failure ON failure.call_id = c.id
WHERE c.id IN :ids
GROUP BY c.id
