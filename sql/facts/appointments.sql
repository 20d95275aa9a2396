-- Facts of appointments: what the rules of expectations/appointments.json read, one row per appointment not soft-deleted.
-- entity: appointment, id: a.id, company: a.company_id
-- Everything named by an appointment is joined by primary key. A Cal.com id is looked up only where one is stored, and
-- only in indexed columns.
SELECT
    a.id AS id,
    a.company_id AS company_id,
    GREATEST(COALESCE(a.created_at, a.consistency_changed_at), a.consistency_changed_at) AS row_changed_at,
    CODE(a.status) AS status,
    a.calcom_sync_status COLLATE utf8mb4_bin AS calcom_sync_status,
    a.starts_at AS starts_at,
    a.ends_at AS ends_at,
    a.call_id AS call_id,
    IS_ACTIVE(a.status) AS is_active,
    IS_VOID(a.status) AS is_void,
    COALESCE(a.starts_at > :now, 0) AS is_future,
    (a.source LIKE 'retell%' OR a.source LIKE 'phone%' OR a.source = 'voice') AS is_from_telephone,
    (a.call_id IS NULL OR (call_row.id IS NOT NULL AND call_row.deleted_at IS NULL)) AS call_exists,
    COALESCE(
        NULLIF(a.calcom_v2_booking_id, ''), NULLIF(a.calcom_v2_booking_uid, ''), a.calcom_booking_id,
        NULLIF(a.calcom_booking_uid, '')
    ) IS NOT NULL AS has_calcom_id,
    -- Another company's row behind any reference is a leak between tenants.
    COALESCE(call_row.company_id <> a.company_id, 0) = 0
        AND COALESCE(customer.company_id <> a.company_id, 0) = 0
        AND COALESCE(service.company_id <> a.company_id, 0) = 0
        AND COALESCE(member.company_id <> a.company_id, 0) = 0 AS is_of_one_company,
    -- The same, where the question is whether the calendar may know it: copies and older columns count as well.
    COALESCE(
        NULLIF(a.calcom_v2_booking_id, ''), NULLIF(a.calcom_v2_booking_uid, ''), a.calcom_booking_id,
        NULLIF(a.calcom_booking_uid, ''), NULLIF(a.external_id, ''), NULLIF(a.booking_id, '')
    ) IS NOT NULL AS may_have_calcom_id,
    -- Number and uid stand in any of five columns. Those that a row says first are looked up in all of them; the others only
    -- where they say something else. IF: an AND would look for a value that is NULL among all rows that have none.
    (
        IF(
            NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id) IS NOT NULL,
            NAMES_NUMBER(NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id), a.id, a.company_id),
            0
        )
        OR IF(
            COALESCE(IS_DIGITS(a.calcom_v2_booking_id), 0)
            AND COALESCE(CAST(a.calcom_v2_booking_id AS UNSIGNED) <> a.calcom_booking_id, 0),
            NAMES_NUMBER(CAST(a.calcom_v2_booking_id AS UNSIGNED), a.id, a.company_id),
            0
        )
        OR IF(
            COALESCE(IS_DIGITS(a.consistency_external_id), 0)
            AND COALESCE(
                CAST(a.consistency_external_id AS UNSIGNED) <> NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id), 1
            ),
            NAMES_NUMBER(CAST(a.consistency_external_id AS UNSIGNED), a.id, a.company_id),
            0
        )
        OR IF(
            a.calcom_v2_booking_uid <> '',
            NAMES_UID(a.calcom_v2_booking_uid, a.id, a.company_id),
            0
        )
        OR IF(
            a.calcom_v2_booking_id <> ''
            AND NOT IS_DIGITS(a.calcom_v2_booking_id)
            AND a.calcom_v2_booking_id <> COALESCE(a.calcom_v2_booking_uid, ''),
            NAMES_UID(a.calcom_v2_booking_id, a.id, a.company_id),
            0
        )
        OR IF(
            a.consistency_older_uid <> '' AND a.consistency_older_uid <> COALESCE(a.calcom_v2_booking_uid, ''),
            NAMES_UID(a.consistency_older_uid, a.id, a.company_id),
            0
        )
        OR IF(
            a.consistency_external_id <> ''
            AND NOT IS_DIGITS(a.consistency_external_id)
            AND a.consistency_external_id <> COALESCE(a.calcom_v2_booking_uid, ''),
            NAMES_UID(a.consistency_external_id, a.id, a.company_id),
            0
        )
    ) IS TRUE AND COALESCE(booking.is_seated, 0) = 0 AS shares_calcom_id,
    -- What one row says twice of its booking: a number where a number is, a uid where a uid is, or the one before a move.
    (
        COALESCE(NOT IS_DIGITS(a.calcom_v2_booking_id) OR CAST(a.calcom_v2_booking_id AS UNSIGNED) = a.calcom_booking_id, 1) = 1
        AND COALESCE(
            IS_DIGITS(a.calcom_v2_booking_id)
            OR a.calcom_v2_booking_id IN (a.calcom_v2_booking_uid, COALESCE(a.calcom_previous_booking_uid, '')),
            1
        ) = 1
    ) AS calcom_ids_agree,
    COALESCE(IS_DIGITS(a.calcom_v2_booking_id), 0) = 1 AND a.calcom_booking_id IS NULL AS number_is_not_copied,
    COALESCE(a.last_sync_attempt_at, a.created_at) AS last_tried_at,
    a.created_at AS made_at,
    a.requires_manual_review = 1 AS is_flagged,
    a.manual_review_flagged_at AS flagged_at,
    COALESCE(a.manual_review_flagged_at, a.updated_at, a.created_at) AS flagged_since,
    -- What the calendar says of the booking that the row names, by the mirror of it.
    (
        COALESCE(booking.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid), 1) = 1
        AND COALESCE(booking.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id), 1) = 1
        AND IF(
            booking.id IS NULL
            OR COALESCE(a.external_id, '') = ''
            OR COALESCE(a.external_id = a.calcom_previous_booking_uid, 0) = 1,
            1,
            NOT EXISTS (
                SELECT 1
                FROM consistency_calcom_bookings AS copied_uid
                WHERE copied_uid.company_id = a.company_id
                  AND copied_uid.calcom_uid = a.external_id COLLATE utf8mb4_bin
                  AND copied_uid.id <> booking.id
            )
            AND NOT IF(COALESCE(IS_DIGITS(a.external_id), 0), EXISTS (
                SELECT 1
                FROM consistency_calcom_bookings AS copied_number
                WHERE copied_number.company_id = a.company_id
                  AND copied_number.calcom_id = CAST(a.external_id AS UNSIGNED)
                  AND copied_number.id <> booking.id
            ), 0)
        )
    ) AS ids_are_of_one_booking,
    (
        booking.id IS NOT NULL
        AND (
            UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid) IS NULL
            OR NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id) IS NULL AND booking.calcom_id IS NOT NULL
        )
    ) AS lacks_an_id_of_its_booking,
    -- Gone is what a complete reading of the calendar did not see, if it began after the row had come to rest.
    CASE
        WHEN NOT IS_ACTIVE(a.status) OR COALESCE(a.starts_at <= :now, 1) THEN 1
        WHEN booking.status IN ('cancelled', 'rejected') THEN 0
        WHEN UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid) IS NULL
            AND NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id) IS NULL THEN 1
        ELSE NOT EXISTS (
            SELECT 1
            FROM consistency_heartbeats AS reading
            WHERE reading.name = CONCAT('calcom:', a.company_id)
              AND reading.seen_at
              > GREATEST(COALESCE(a.created_at, a.consistency_changed_at), a.consistency_changed_at)
              AND COALESCE(booking.seen_at < reading.seen_at, 1)
        )
        -- A row may name the series of which this is one.
        OR booking.id IS NULL AND EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS of_series
            WHERE of_series.company_id = a.company_id
              AND of_series.recurring_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
              AND of_series.starts_at = a.starts_at
              AND IS_BOOKED_IN_CALENDAR(of_series.status)
        )
        -- What nobody can read may be this one: then nobody knows.
        OR booking.id IS NULL AND EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS riddle
            WHERE riddle.company_id = a.company_id
              AND riddle.unreadable IS NOT NULL
              AND (
                  riddle.calcom_uid = ''
                  OR riddle.calcom_id IS NULL
                  AND UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid) IS NULL
              )
        )
    END AS calendar_holds_it,
    -- Booked again under the same id, the time is another row's.
    IF(
        -- Of seats the calendar keeps those of the others.
        IS_VOID(a.status) AND COALESCE(IS_BOOKED_IN_CALENDAR(booking.status) AND NOT booking.is_seated, 0),
        EXISTS (
            SELECT 1
            FROM appointments AS by_same_number
            WHERE by_same_number.calcom_booking_id = a.calcom_booking_id
              AND IF(TRUE, by_same_number.company_id, 0) = a.company_id
              AND by_same_number.deleted_at IS NULL
              AND NOT IS_VOID(by_same_number.status)
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS by_same_uid
            WHERE by_same_uid.calcom_v2_booking_uid = NULLIF(a.calcom_v2_booking_uid, '')
              AND IF(TRUE, by_same_uid.company_id, 0) = a.company_id
              AND by_same_uid.deleted_at IS NULL
              AND NOT IS_VOID(by_same_uid.status)
        ),
        1
    ) AS calendar_has_let_it_go,
    -- Both hold their time, and one side waits for a confirmation that the other has.
    CASE
        WHEN NOT IS_ACTIVE(a.status) OR COALESCE(a.starts_at <= :now, 1) THEN 0
        ELSE COALESCE(IS_CONFIRMED_OTHERWISE(a.status, booking.status), 0)
    END AS is_confirmed_on_one_side,
    -- Both are instants. Of a composite booking the parts are none of the calendar's, and the whole may end later there.
    CASE
        WHEN IS_VOID(a.status) OR NOT COALESCE(IS_BOOKED_IN_CALENDAR(booking.status), 0) THEN 0
        WHEN a.parent_appointment_id IS NOT NULL OR a.composite_group_uid IS NOT NULL THEN 0
        ELSE COALESCE(TIMESTAMPDIFF(SECOND, booking.starts_at, a.starts_at), 0)
    END AS begins_seconds_after_booking,
    CASE
        WHEN IS_VOID(a.status) OR NOT COALESCE(IS_BOOKED_IN_CALENDAR(booking.status), 0) THEN 0
        WHEN a.parent_appointment_id IS NOT NULL OR a.composite_group_uid IS NOT NULL THEN 0
        WHEN a.is_composite = 1 THEN COALESCE(TIMESTAMPDIFF(SECOND, booking.starts_at, a.starts_at), 0)
        ELSE COALESCE(TIMESTAMPDIFF(SECOND, booking.ends_at, a.ends_at), 0)
    END AS ends_seconds_after_booking,
    -- A calendar that is asked twice may answer with the booking it has: another call's, or one older than the request.
    -- The call that the booking names is certain; its age counts only where it names none and the telephone asked for it.
    CASE
        WHEN booking.id IS NULL OR IS_VOID(a.status) THEN 0
        WHEN booking.is_seated = 1
            THEN call_row.id IS NOT NULL
                AND COALESCE(FIND_IN_SET('?', booking.seat_calls) = 0, 0)
                AND NOT SEAT_IS_OF(booking.seat_calls, call_row.retell_call_id, call_row.id)
        WHEN IS_CALL_NAME(booking.metadata_call_id)
            THEN COALESCE(NOT NAMES_CALL(booking.metadata_call_id, call_row.retell_call_id, call_row.id), 0)
        WHEN a.source LIKE '%backfill' OR COALESCE(a.sync_origin, '') = 'calcom' THEN 0
        WHEN a.source LIKE 'retell%' OR a.source LIKE 'phone%' OR a.source = 'voice'
            THEN COALESCE(booking.created_at_calcom < a.created_at - INTERVAL 30 SECOND, 0)
        ELSE 0
    END AS booking_is_of_another_call,
    a.service_id AS service_id,
    a.staff_id AS staff_id,
    a.branch_id AS branch_id,
    a.customer_id AS customer_id,
    a.calcom_host_id AS calcom_host_id,
    (company.id IS NOT NULL AND company.deleted_at IS NULL AND COALESCE(company.status, '') <> 'archived')
        AS company_exists,
    (a.branch_id IS NULL OR COALESCE(branch.company_id = a.company_id, 0) = 1) AS branch_is_of_company,
    (a.customer_id IS NULL OR (customer.id IS NOT NULL AND customer.deleted_at IS NULL)) AS customer_exists,
    (
        (a.service_id IS NULL OR (COALESCE(service.is_active, 0) = 1 AND service.deleted_at IS NULL))
        AND (a.staff_id IS NULL OR (COALESCE(member.is_active, 0) = 1 AND member.deleted_at IS NULL))
        AND (a.branch_id IS NULL OR (COALESCE(branch.is_active, 0) = 1 AND branch.deleted_at IS NULL))
    ) AS everything_is_offered,
    ROUND(TIMESTAMPDIFF(SECOND, a.starts_at, a.ends_at) / 60) AS minutes,
    -- A composite booking lasts as long as its phases or segments and the gaps between them; how long one of several rows
    -- of it should last, nobody can say.
    CASE
        WHEN a.parent_appointment_id IS NOT NULL OR a.composite_group_uid IS NOT NULL THEN NULL
        WHEN COALESCE(service.composite, 0) = 1 OR a.is_composite = 1
            THEN COALESCE(
                (
                    SELECT TIMESTAMPDIFF(MINUTE, MIN(stretch.start_time), MAX(stretch.end_time))
                    FROM appointment_phases AS stretch
                    WHERE stretch.appointment_id = a.id
                ),
                SEGMENTS_LAST(a.segments),
                SEGMENTS_LAST(service.segments),
                NULLIF(service.duration_minutes, 0)
            )
        ELSE NULLIF(service.duration_minutes, 0)
    END AS service_minutes,
    IF(
        IS_ACTIVE(a.status)
        AND (COALESCE(service.composite, 0) = 1 OR COALESCE(service.has_processing_time, 0) = 1 OR a.is_composite = 1),
        NOT HAS_PHASES(a.id),
        0
    ) AS lacks_phases,
    -- Who or what else is taken at that time. An index range cannot be bounded by another row, so the slots before, of and
    -- after the start are looked up; the key is asked by way of the slot, so that no index on the key alone is chosen. What
    -- reaches beyond the next slot is rare: it is found among the long ones of its company, and looks for others by the key alone.
    -- A row's name that is passed whole is no column (RF03).
    CASE
        WHEN NOT IS_ACTIVE(a.status) OR a.staff_id IS NULL OR a.starts_at IS NULL THEN 0
        WHEN NOT (
            EXISTS (
                SELECT 1
                FROM (SELECT -1 AS step UNION ALL SELECT 0 UNION ALL SELECT 1) AS near_staff
                INNER JOIN appointments AS beside ON beside.consistency_slot = SLOT(a.starts_at) + near_staff.step
                AND near_staff.step <= SLOT(a.ends_at) - SLOT(a.starts_at)
                WHERE beside.staff_id = IF(near_staff.step IS NULL, '', a.staff_id)
                  AND beside.starts_at > a.starts_at - INTERVAL 16 HOUR
                  AND beside.starts_at < a.ends_at
                  AND TAKES_STAFF(a, beside)
            )
            OR EXISTS (
                SELECT 1
                FROM appointments AS beside_long
                WHERE beside_long.consistency_long = a.company_id
                  AND IF(TRUE, beside_long.staff_id, '') = a.staff_id
                  AND IF(TRUE, beside_long.starts_at, NULL) < a.ends_at
                  AND TAKES_STAFF(a, beside_long)  -- noqa: RF03
            )
            OR IF(
                IS_LONG(a.starts_at, a.ends_at),
                EXISTS (
                    SELECT 1
                    FROM appointments AS during
                    WHERE during.staff_id = a.staff_id
                      AND during.starts_at >= a.starts_at
                      AND during.starts_at < a.ends_at
                      AND TAKES_STAFF(a, during)  -- noqa: RF03
                ),
                0
            )
        ) THEN 0
        ELSE NOT HAS_PARTS(a.id, a.customer_id, a.starts_at, a.ends_at)
    END AS staff_is_taken,
    IF(
        IS_ACTIVE(a.status) AND a.staff_id IS NULL AND a.branch_id IS NOT NULL AND a.starts_at IS NOT NULL,
        EXISTS (
            SELECT 1
            FROM (SELECT -1 AS step UNION ALL SELECT 0 UNION ALL SELECT 1) AS near_branch
            INNER JOIN appointments AS there ON there.consistency_slot = SLOT(a.starts_at) + near_branch.step
            AND near_branch.step <= SLOT(a.ends_at) - SLOT(a.starts_at)
            WHERE there.company_id = a.company_id
              AND there.starts_at > a.starts_at - INTERVAL 16 HOUR
              AND there.starts_at < a.ends_at
              AND there.ends_at > a.starts_at
              AND there.staff_id <=> IF(near_branch.step IS NULL, '', NULL)
              AND there.branch_id = a.branch_id
              AND IS_ANOTHER(a, there)
              AND NOT ARE_SEATS_OF_ONE(a, there)  -- noqa: RF03
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS there_long
            WHERE there_long.consistency_long = a.company_id
              AND IF(TRUE, there_long.starts_at, NULL) < a.ends_at
              AND there_long.ends_at > a.starts_at
              AND IF(TRUE, there_long.staff_id, NULL) IS NULL
              AND IF(TRUE, there_long.branch_id, '') = a.branch_id
              AND IS_ANOTHER(a, there_long)  -- noqa: RF03
              AND NOT ARE_SEATS_OF_ONE(a, there_long)  -- noqa: RF03
        )
        OR IF(
            IS_LONG(a.starts_at, a.ends_at),
            EXISTS (
                SELECT 1
                FROM appointments AS there_within
                WHERE there_within.company_id = a.company_id
                  AND there_within.starts_at >= a.starts_at
                  AND there_within.starts_at < a.ends_at
                  AND there_within.ends_at > a.starts_at
                  AND there_within.staff_id IS NULL
                  AND there_within.branch_id = a.branch_id
                  AND IS_ANOTHER(a, there_within)  -- noqa: RF03
                  AND NOT ARE_SEATS_OF_ONE(a, there_within)  -- noqa: RF03
            ),
            0
        ),
        0
    ) AS branch_is_taken,
    IF(
        IS_ACTIVE(a.status) AND a.customer_id IS NOT NULL AND a.starts_at IS NOT NULL,
        EXISTS (
            SELECT 1
            FROM (SELECT -1 AS step UNION ALL SELECT 0 UNION ALL SELECT 1) AS near_twice
            INNER JOIN appointments AS again ON again.consistency_slot = SLOT(a.starts_at) + near_twice.step
            AND near_twice.step >= SLOT(a.starts_at - INTERVAL 5 MINUTE) - SLOT(a.starts_at)
            AND near_twice.step <= SLOT(a.starts_at + INTERVAL 5 MINUTE) - SLOT(a.starts_at)
            WHERE again.customer_id = IF(near_twice.step IS NULL, 0, a.customer_id)
              AND again.starts_at BETWEEN a.starts_at - INTERVAL 5 MINUTE AND a.starts_at + INTERVAL 5 MINUTE
              AND again.service_id = a.service_id
              AND IS_ANOTHER(a, again)
              AND IS_OF_SAME_GUEST(a, again)
        ),
        0
    ) AS is_booked_twice,
    IF(
        IS_ACTIVE(a.status) AND a.customer_id IS NOT NULL AND a.starts_at IS NOT NULL,
        EXISTS (
            SELECT 1
            FROM (SELECT -1 AS step UNION ALL SELECT 0 UNION ALL SELECT 1) AS near_customer
            INNER JOIN appointments AS elsewhere ON elsewhere.consistency_slot = SLOT(a.starts_at) + near_customer.step
            AND near_customer.step <= SLOT(a.ends_at) - SLOT(a.starts_at)
            WHERE elsewhere.customer_id = IF(near_customer.step IS NULL, 0, a.customer_id)
              AND elsewhere.starts_at > a.starts_at - INTERVAL 16 HOUR
              AND elsewhere.starts_at < a.ends_at
              AND elsewhere.ends_at > a.starts_at
              AND IS_OF_SAME_GUEST(a, elsewhere)
              -- twice the same is told by the rule above
              AND NOT IS_SAME_AGAIN(a, elsewhere)
              AND IS_ANOTHER(a, elsewhere)
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS elsewhere_long
            WHERE elsewhere_long.consistency_long = a.company_id
              AND IF(TRUE, elsewhere_long.customer_id, 0) = a.customer_id
              AND IF(TRUE, elsewhere_long.starts_at, NULL) < a.ends_at
              AND elsewhere_long.ends_at > a.starts_at
              AND IS_OF_SAME_GUEST(a, elsewhere_long)  -- noqa: RF03
              -- twice the same is told by the rule above
              AND NOT IS_SAME_AGAIN(a, elsewhere_long)  -- noqa: RF03
              AND IS_ANOTHER(a, elsewhere_long)  -- noqa: RF03
        )
        OR IF(
            IS_LONG(a.starts_at, a.ends_at),
            EXISTS (
                SELECT 1
                FROM appointments AS elsewhere_within
                WHERE elsewhere_within.customer_id = a.customer_id
                  AND elsewhere_within.starts_at >= a.starts_at
                  AND elsewhere_within.starts_at < a.ends_at
                  AND elsewhere_within.ends_at > a.starts_at
                  AND IS_OF_SAME_GUEST(a, elsewhere_within)  -- noqa: RF03
                  -- twice the same is told by the rule above
                  AND NOT IS_SAME_AGAIN(a, elsewhere_within)  -- noqa: RF03
                  AND IS_ANOTHER(a, elsewhere_within)  -- noqa: RF03
            ),
            0
        ),
        0
    ) AS customer_is_elsewhere,
    IS_KNOWN_APPOINTMENT_STATUS(CODE(a.status)) AS status_is_known,
    IF(
        a.status = 'cancelled' AND COALESCE(a.cancellation_reason, '') = '',
        EXISTS (
            SELECT 1
            FROM appointment_modifications AS cancellation
            WHERE cancellation.appointment_id = a.id AND cancellation.modification_type = 'cancel'
        )
        -- the calendar keeps one, too
        OR EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS void_uid
            WHERE void_uid.company_id = a.company_id
              AND void_uid.calcom_uid
              = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
              AND void_uid.status = 'cancelled'
        )
        OR EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS void_number
            WHERE void_number.company_id = a.company_id
              AND void_number.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
              AND void_number.status = 'cancelled'
        ),
        1
    ) AS cancellation_is_on_record,
    (a.rescheduled_count = 0 OR a.rescheduled_at IS NOT NULL) AS move_has_time
FROM appointments AS a
LEFT JOIN companies AS company ON company.id = a.company_id
LEFT JOIN calls AS call_row ON call_row.id = a.call_id
LEFT JOIN customers AS customer ON customer.id = a.customer_id
LEFT JOIN services AS service ON service.id = a.service_id
LEFT JOIN staff AS member ON member.id = a.staff_id
LEFT JOIN branches AS branch ON branch.id = a.branch_id
-- One row at most: both are unique keys. A uid says more than a number.
LEFT JOIN consistency_calcom_bookings AS uid_booking
    ON uid_booking.company_id = a.company_id
    AND uid_booking.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
LEFT JOIN consistency_calcom_bookings AS number_booking
    ON number_booking.company_id = a.company_id
    AND number_booking.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
LEFT JOIN consistency_calcom_bookings AS booking ON booking.id = COALESCE(uid_booking.id, number_booking.id)
WHERE /* scope */ a.deleted_at IS NULL
