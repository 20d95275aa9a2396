-- live_bookings: what the calendar has of some appointments, of a call, or under a number of ours; a uid is left out, since
-- whoever holds one can read the booking.
SELECT
    b.id, b.company_id, b.calcom_id, b.status, b.starts_at, b.ends_at, b.metadata_call_id, b.seen_at,
    IS_BOOKED_IN_CALENDAR(b.status) AS is_booked
FROM consistency_calcom_bookings AS b
WHERE
    b.company_id = :company_id
    AND (
        b.id = :row_id
        OR b.metadata_call_id = :call_name
        OR b.id IN (
            SELECT by_uid.id
            FROM appointments AS a
            INNER JOIN consistency_calcom_bookings AS by_uid
                ON by_uid.company_id = a.company_id
                AND by_uid.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
            WHERE a.id IN :ids
        )
        OR b.id IN (
            SELECT by_number.id
            FROM appointments AS a
            INNER JOIN consistency_calcom_bookings AS by_number
                ON by_number.company_id = a.company_id
                AND by_number.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
            WHERE a.id IN :ids
        )
    )
ORDER BY b.id
LIMIT :limit
