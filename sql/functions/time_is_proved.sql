-- TIME_IS_PROVED(mine, booked): whether the time of a booking is younger than all that was done here about the time of its
-- appointment; mine is the name of a row of appointments, booked of one of the mirror. A move there makes a new booking.
SELECT
    (
        COALESCE(:mine.previous_starts_at <> :booked.starts_at, 1)
        AND COALESCE(:mine.rescheduled_at <= :booked.created_at_calcom, :mine.rescheduled_at IS NULL)
        AND NOT EXISTS (
            SELECT 1
            FROM appointment_modifications AS move
            WHERE move.appointment_id = :mine.id
              AND move.modification_type = 'reschedule'
              AND COALESCE(move.created_at > :booked.created_at_calcom, 1)
        )
    )
