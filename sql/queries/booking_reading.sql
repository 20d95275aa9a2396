-- booking_reading: a call and the appointment that it should have made, in one trip: the one named, else its newest; of a
-- call that changed one, the appointment it names, or that carries the booking's id. Another company's is not there. Its
-- age is that at the announcement: of a repeat, at the first one; by the caller's clock, else when it was received.
SELECT
    c.id AS call_id,
    c.company_id,
    c.retell_call_id,
    COALESCE(c.appointment_made, 0) AS appointment_made,
    c.session_outcome,
    IS_BOOKED_OUTCOME(c.session_outcome)
    OR COALESCE(c.session_outcome, '') = 'appointment_rescheduled' AS has_booked_outcome,
    c.appointment_link_status,
    a.id AS appointment_id,
    a.call_id AS appointment_call_id,
    a.status AS appointment_status,
    a.created_at AS appointment_created_at,
    TIMESTAMPDIFF(
        SECOND, a.created_at,
        COALESCE(known.announced_at, known.received_at, LEAST(:announced_at, UTC_TIMESTAMP()), :as_of, UTC_TIMESTAMP())
    ) AS age_seconds,
    known.request_hash AS known_digest,
    (
        SELECT live.id
        FROM appointments AS live
        WHERE
            live.call_id = c.id
            AND live.company_id = c.company_id
            AND live.deleted_at IS NULL
            AND NOT IS_VOID(live.status)
        ORDER BY live.created_at DESC, live.id DESC
        LIMIT 1
    ) AS live_appointment_id,
    a.calcom_booking_id,
    a.calcom_v2_booking_id,
    a.calcom_v2_booking_uid,
    a.calcom_booking_uid,
    a.calcom_previous_booking_uid,
    a.external_id,
    IS_CHANGE_OUTCOME(c.session_outcome) AS is_change,
    COALESCE(WAS_CHANGED(a.status, a.rescheduled_count, a.rescheduled_at), 0) AS appointment_was_changed
FROM calls AS c
LEFT JOIN appointments AS a
    ON
        a.id = COALESCE(
            :appointment_id,
            (
                SELECT newest.id
                FROM appointments AS newest
                WHERE
                    newest.call_id = c.id
                    AND newest.company_id = c.company_id
                    AND newest.deleted_at IS NULL
                ORDER BY IS_VOID(newest.status), newest.created_at DESC, newest.id DESC
                LIMIT 1
            ),
            IF(IS_CHANGE_OUTCOME(c.session_outcome), COALESCE(
                c.appointment_id,
                (
                    SELECT MIN(moved.id)
                    FROM appointments AS moved
                    WHERE
                        moved.calcom_v2_booking_uid = CONVERT(:booking_id USING utf8mb4) COLLATE utf8mb4_unicode_ci
                        AND moved.company_id = c.company_id
                        AND moved.deleted_at IS NULL
                )
            ), NULL)
        )
        AND a.company_id = c.company_id
        AND a.deleted_at IS NULL
LEFT JOIN consistency_announcements AS known
    ON
        known.company_id = c.company_id
        AND known.idempotency_key = CONVERT(:idempotency_key USING utf8mb4) COLLATE utf8mb4_bin
WHERE
    c.id = :call_id
    AND c.deleted_at IS NULL
    AND (:company_id IS NULL OR c.company_id = :company_id)
