-- booking_evidence: what else speaks for a booking of a call, looked at before anything is taken back.
-- Rows: live ones that any link leads to; a rejected or failed one never was a booking.
SELECT
    (
        SELECT COUNT(*)
        FROM appointments AS linked
        WHERE
            linked.call_id = c.id
            AND NOT (WAS_NEVER_BOOKED(linked.status) AND linked.deleted_at IS NULL)
    ) + (
        SELECT COUNT(*)
        FROM appointments AS named
        WHERE
            named.id IN (c.appointment_id, c.converted_appointment_id, :appointment_id)
            AND named.company_id = c.company_id
            AND COALESCE(named.call_id, 0) <> c.id
            AND named.deleted_at IS NULL
            AND NOT WAS_NEVER_BOOKED(named.status)
    ) AS appointment_rows,
    (
        EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS of_call
            WHERE
                of_call.company_id = c.company_id
                AND NAMES_CALL(of_call.metadata_call_id, c.retell_call_id, c.id)
                AND IS_BOOKED_IN_CALENDAR(of_call.status)
        )
        OR EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS of_uid
            WHERE
                of_uid.company_id = c.company_id
                AND of_uid.calcom_uid IN (c.booking_id COLLATE utf8mb4_bin, CONVERT(:booking_id USING utf8mb4) COLLATE utf8mb4_bin)
                AND IS_BOOKED_IN_CALENDAR(of_uid.status)
        )
        OR EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS of_number
            WHERE
                of_number.company_id = c.company_id
                AND of_number.calcom_id IN (NUMBER_OF(NULL, c.booking_id), :booking_number)
                AND IS_BOOKED_IN_CALENDAR(of_number.status)
        )
        OR EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS of_seat
            WHERE
                of_seat.company_id = c.company_id
                AND of_seat.is_seated = 1
                AND SEAT_IS_OF(of_seat.seat_calls, c.retell_call_id, c.id)
                AND IS_BOOKED_IN_CALENDAR(of_seat.status)
        )
    ) AS mirrored,
    CALENDAR_IS_CONNECTED(c.company_id) AS is_connected
FROM calls AS c
WHERE c.id = :call_id
