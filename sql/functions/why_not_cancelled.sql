-- WHY_NOT_CANCELLED(mine, booked, call_row): why an appointment is not proposed to be cancelled with its booking; NULL: the
-- calendar proves it. Mine, booked and call_row are names of rows of appointments, of the mirror and of calls. That nothing has
-- come in its place is proved by a whole reading alone, and what nobody can read may have.
SELECT
    CASE
        WHEN COALESCE(:booked.status <> 'cancelled', 1) THEN 'was_not_moved'
        WHEN NOT IS_ACTIVE(:mine.status) THEN 'is_settled_here'
        WHEN COALESCE(:mine.starts_at <= :now, 1) THEN 'is_past'
        WHEN :booked.is_seated = 1 THEN 'is_a_seat'
        -- of a booking with parts one may have been kept
        WHEN :mine.is_composite = 1
            OR :mine.parent_appointment_id IS NOT NULL
            OR :mine.composite_group_uid IS NOT NULL
            OR HAS_PHASES(:mine.id) THEN 'has_parts'
        -- to several that are held, or to what has not been read
        WHEN EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS kin
            WHERE kin.company_id = :mine.company_id
              AND kin.root_uid = COALESCE(:booked.root_uid, :booked.calcom_uid)
              AND kin.id <> :booked.id
              AND NOT COALESCE(kin.status IN ('cancelled', 'rejected'), 0)
        ) OR IF(:booked.rescheduled_to_uid IS NULL, 0, NOT EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS successor
            WHERE successor.company_id = :mine.company_id AND successor.calcom_uid = :booked.rescheduled_to_uid
        )) THEN 'was_moved_elsewhere'
        WHEN COALESCE(:mine.external_id, '') <> ''
            AND NOT COALESCE(
                :mine.external_id COLLATE utf8mb4_bin IN (:booked.calcom_uid, CONCAT(:booked.calcom_id) COLLATE utf8mb4_bin), 0
            )
            OR COALESCE(:mine.calcom_booking_uid, '') <> ''
            AND :mine.calcom_booking_uid COLLATE utf8mb4_bin <> :booked.calcom_uid THEN 'booking_is_named_elsewhere'
        WHEN BOOKING_IS_USED_BY_ANOTHER(:mine, :booked) THEN 'booking_is_used_elsewhere'
        WHEN IS_CALL_NAME(:booked.metadata_call_id)
            AND COALESCE(NOT NAMES_CALL(:booked.metadata_call_id, :call_row.retell_call_id, :call_row.id), 0)
            THEN 'booking_is_of_another_call'
        WHEN NOT TIME_IS_PROVED(:mine, :booked) THEN 'was_moved_here'
        WHEN NOT CALENDAR_WAS_READ(:mine.company_id, :calendar_since) THEN 'calendar_was_not_read'
        WHEN EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS again
            WHERE again.company_id = :mine.company_id
              AND again.id <> :booked.id
              AND (
                  again.unreadable IS NOT NULL
                  OR IS_BOOKED_IN_CALENDAR(again.status)
                  AND (
                      again.starts_at = :booked.starts_at
                      OR COALESCE(NAMES_CALL(again.metadata_call_id, :call_row.retell_call_id, :call_row.id), 0)
                  )
                  AND NOT BOOKING_IS_USED_BY_ANOTHER(:mine, again)
              )
        ) THEN 'may_be_booked_again'
    END
