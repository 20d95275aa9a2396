-- both_sides_of_appointments: what we and the calendar say of some appointments, for the reviewer: times and states alone.
SELECT
    a.id AS id,
    a.starts_at AS starts_at,
    a.ends_at AS ends_at,
    a.status AS status,
    call_row.retell_call_id AS call_id,
    IS_VOID(a.status) AS is_void,
    booking.id AS booking,
    booking.calcom_id AS booking_number,
    booking.starts_at AS booking_starts_at,
    booking.ends_at AS booking_ends_at,
    booking.status AS booking_status,
    booking.metadata_call_id AS booking_call_id,
    booking.seen_at AS booking_seen_at,
    IS_BOOKED_IN_CALENDAR(booking.status) AS is_booked,
    booking.is_seated AS is_seated,
    COALESCE(IS_CONFIRMED_OTHERWISE(a.status, booking.status), 0) AS is_confirmed_on_one_side,
    -- Where a chain of moves has led: of several that are held nobody knows which.
    (
        SELECT IF(COUNT(*) = 1, MAX(later.starts_at), NULL)
        FROM consistency_calcom_bookings AS later
        WHERE later.company_id = a.company_id
          AND later.root_uid = COALESCE(booking.root_uid, booking.calcom_uid)
          AND later.id <> booking.id
          AND IS_BOOKED_IN_CALENDAR(later.status)
    ) AS moved_to
FROM appointments AS a
LEFT JOIN calls AS call_row ON call_row.id = a.call_id AND call_row.company_id = a.company_id
LEFT JOIN consistency_calcom_bookings AS uid_booking
    ON uid_booking.company_id = a.company_id
    AND uid_booking.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
LEFT JOIN consistency_calcom_bookings AS number_booking
    ON number_booking.company_id = a.company_id
    AND number_booking.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
LEFT JOIN consistency_calcom_bookings AS booking ON booking.id = COALESCE(uid_booking.id, number_booking.id)
WHERE a.id IN :ids
