-- WHY_NOT_AT(mine, booked): why an appointment is not moved to the time of a booking of the calendar; NULL: nothing speaks
-- against it. Mine is the name of a row of appointments, booked of one of the mirror.
SELECT
    CASE
        WHEN NOT IS_ACTIVE(:mine.status) THEN 'is_settled_here'
        WHEN COALESCE(:mine.starts_at <= :now, 1) OR COALESCE(:booked.starts_at <= :now, 1) THEN 'is_past'
        WHEN :booked.status <> 'accepted' THEN 'not_confirmed_in_calendar'
        WHEN NOT COALESCE(:booked.ends_at > :booked.starts_at, 0) THEN 'calendar_has_no_end'
        WHEN :booked.is_seated = 1 THEN 'is_a_seat'
        -- what consists of several times would be torn apart
        WHEN :mine.is_composite = 1
            OR :mine.parent_appointment_id IS NOT NULL
            OR :mine.composite_group_uid IS NOT NULL
            OR HAS_PHASES(:mine.id) THEN 'has_parts'
        WHEN NOT TIME_IS_PROVED(:mine, :booked) THEN 'was_moved_here'
        WHEN EXISTS (
            SELECT 1
            FROM appointments AS beside
            WHERE beside.company_id = :mine.company_id
              AND beside.starts_at > :booked.starts_at - INTERVAL 31 DAY
              AND beside.starts_at < :booked.ends_at
              AND TAKES_TIME_OF(:mine, :booked.starts_at, :booked.ends_at, beside)
        ) THEN 'time_is_taken'
    END
