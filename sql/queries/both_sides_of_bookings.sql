-- both_sides_of_bookings: what the calendar says of some bookings that nobody here knows, for the reviewer.
SELECT
    b.id AS id,
    NULL AS starts_at,
    NULL AS ends_at,
    NULL AS status,
    NULL AS call_id,
    NULL AS is_void,
    b.id AS booking,
    b.calcom_id AS booking_number,
    b.starts_at AS booking_starts_at,
    b.ends_at AS booking_ends_at,
    b.status AS booking_status,
    b.metadata_call_id AS booking_call_id,
    b.seen_at AS booking_seen_at,
    IS_BOOKED_IN_CALENDAR(b.status) AS is_booked,
    b.is_seated AS is_seated,
    0 AS is_confirmed_on_one_side,
    NULL AS moved_to
FROM consistency_calcom_bookings AS b
WHERE b.id IN :ids
