-- retract_booking_claim: a claim without any appointment is taken back, unless an appointment could be the claimed one.
-- table: calls
-- columns: appointment_made, booking_confirmed, session_outcome, appointment_link_status, appointment_linked_at, requires_manual_processing
-- when: booking_evidence = 'none'
-- Candidates are searched first: an absent link is no proof that the appointment does not exist. What was cancelled later, or
-- deleted softly, had been booked: here as in the calendar.
SELECT
    x.id AS id,
    0 AS appointment_made,
    0 AS booking_confirmed,
    CASE
        WHEN x.session_outcome IS NOT NULL AND NOT IS_BOOKED_OUTCOME(x.session_outcome) THEN x.session_outcome
        WHEN x.was_attempted THEN 'creation_failed'
        ELSE 'abandoned'
    END AS session_outcome,
    IF(x.was_attempted, 'creation_failed', 'unlinked') AS appointment_link_status,
    NULL AS appointment_linked_at,
    1 AS requires_manual_processing,
    IF(x.was_attempted, 'attempt_without_appointment', 'claim_without_appointment') AS evidence,
    CASE
        WHEN COUNT(a.id) > 0 THEN 'candidate_found'
        WHEN EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS of_call
            WHERE of_call.company_id = x.company_id
              AND of_call.metadata_call_id IN (x.retell_call_id COLLATE utf8mb4_bin, CONCAT(x.id))
              AND of_call.status <> 'rejected'
        ) THEN 'booking_in_calendar'
        WHEN EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS of_uid
            WHERE of_uid.company_id = x.company_id
              AND of_uid.calcom_uid IN (x.booking_id COLLATE utf8mb4_bin, x.claimed_uid COLLATE utf8mb4_bin)
              AND of_uid.status <> 'rejected'
        ) THEN 'booking_in_calendar'
        WHEN EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS of_number
            WHERE of_number.company_id = x.company_id
              AND of_number.calcom_id IN (NUMBER_OF(NULL, x.booking_id), NUMBER_OF(NULL, x.claimed_number))
              AND of_number.status <> 'rejected'
        ) THEN 'booking_in_calendar'
        WHEN EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS of_seat
            WHERE of_seat.company_id = x.company_id
              AND of_seat.is_seated = 1
              AND SEAT_IS_OF(of_seat.seat_calls, x.retell_call_id, x.id)
              AND of_seat.status <> 'rejected'
        ) THEN 'booking_in_calendar'
        -- Absence is no proof while the calendar is not read; nobody misses one that never was.
        WHEN CALENDAR_IS_CONNECTED(x.company_id) AND NOT CALENDAR_WAS_READ(x.company_id, :calendar_since)
            THEN 'calendar_is_silent'
        -- One that nobody can read, or a seat whose guest is hidden, may be the call's, if it does not name another and was not made at another time.
        WHEN EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS riddle
            WHERE riddle.company_id = x.company_id
              AND riddle.unreadable IS NOT NULL
              AND NOT IS_CALL_NAME(riddle.metadata_call_id)
              AND COALESCE(
                  riddle.created_at_calcom BETWEEN x.started_at - INTERVAL 1 DAY AND x.ended_at + INTERVAL 7 DAY, 1
              )
        ) OR EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS seats
            WHERE seats.company_id = x.company_id
              AND seats.is_seated = 1
              AND IS_BOOKED_IN_CALENDAR(seats.status)
              AND seats.starts_at > x.started_at
              AND COALESCE(seats.created_at_calcom <= x.ended_at + INTERVAL 30 MINUTE, 1)
              AND COALESCE(FIND_IN_SET('?', seats.seat_calls) > 0, 1)
        ) THEN 'booking_cannot_be_read'
    END AS refusal,
    1 AS review,
    CONCAT('[', COALESCE(GROUP_CONCAT(a.id ORDER BY a.id), ''), ']') AS candidates
FROM (
    SELECT
        d.*,
        JSON_UNQUOTE(JSON_EXTRACT(d.details, '$.calcom_booking.uid')) AS claimed_uid,
        JSON_UNQUOTE(JSON_EXTRACT(d.details, '$.calcom_booking.id')) AS claimed_number,
        -- ISO 8601 with Z or an offset, as the calendar writes it
        CONVERT_TZ(
            REPLACE(LEFT(JSON_UNQUOTE(JSON_EXTRACT(d.details, '$.calcom_booking.start')), 19), 'T', ' '),
            IF(
                JSON_UNQUOTE(JSON_EXTRACT(d.details, '$.calcom_booking.start')) REGEXP '[+-][0-9]{2}:[0-9]{2}$',
                RIGHT(JSON_UNQUOTE(JSON_EXTRACT(d.details, '$.calcom_booking.start')), 6),
                '+00:00'
            ),
            '+00:00'
        ) AS claimed_start
    FROM (
        SELECT
            c.id AS id,
            c.company_id AS company_id,
            c.retell_call_id AS retell_call_id,
            c.customer_id AS customer_id,
            NAME_KEY(c.customer_name) AS customer_name,
            E164(OTHER_NUMBER(c.direction, c.from_number, c.to_number)) AS caller_number,
            c.session_outcome AS session_outcome,
            NULLIF(c.booking_id, '') AS booking_id,
            COALESCE(c.start_timestamp, c.created_at) AS started_at,
            COALESCE(c.end_timestamp, c.start_timestamp, c.updated_at, c.created_at) AS ended_at,
            (
                COALESCE(c.booking_failed, 0) = 1
                OR COALESCE(c.booking_id, '') <> ''
                OR COALESCE(LEFT(c.booking_details, 3) NOT IN ('nul', '""', '{}', '[]'), 0)
            ) AS was_attempted,
            -- often a JSON text within JSON; unquoting leaves an object as it is
            DECODED_JSON(c.booking_details) AS details
        FROM calls AS c
        WHERE c.id IN :ids
    ) AS d
) AS x
LEFT JOIN (
    SELECT
        candidate.*,
        NAME_KEY(customer.name) AS person,
        E164(customer.phone) AS person_number,
        DECODED_JSON(candidate.metadata) AS facts
    FROM appointments AS candidate
    LEFT JOIN customers AS customer ON customer.id = candidate.customer_id
) AS a
    ON a.company_id = x.company_id
    AND NOT WAS_NEVER_BOOKED(a.status)
    AND (
        a.starts_at = x.claimed_start
        OR a.calcom_v2_booking_id IN (x.booking_id, x.claimed_uid, x.claimed_number)
        OR a.calcom_v2_booking_uid IN (x.booking_id, x.claimed_uid)
        OR CONCAT(a.calcom_booking_id) IN (x.booking_id, x.claimed_number)
        OR a.calcom_booking_uid IN (x.booking_id, x.claimed_uid)
        OR a.external_id IN (x.booking_id, x.claimed_uid, x.claimed_number)
        OR (
            COALESCE(a.created_at, x.started_at) BETWEEN x.started_at - INTERVAL 5 MINUTE AND x.ended_at + INTERVAL 30 MINUTE
            AND (
                a.customer_id = x.customer_id
                OR a.person_number = x.caller_number
                OR a.person = x.customer_name
                OR NAME_KEY(JSON_UNQUOTE(JSON_EXTRACT(a.facts, '$.customer_name'))) = x.customer_name
            )
        )
        OR (
            COALESCE(a.created_at, x.started_at) BETWEEN x.started_at - INTERVAL 1 DAY AND x.ended_at + INTERVAL 7 DAY
            AND (
                JSON_UNQUOTE(JSON_EXTRACT(a.facts, '$.retell_call_id')) = x.retell_call_id
                OR JSON_UNQUOTE(JSON_EXTRACT(a.facts, '$.call_id')) IN (CONCAT(x.id), x.retell_call_id)
            )
        )
    )
GROUP BY x.id
