-- Facts of calls: what the rules of expectations/calls.json read, one row per call that is not soft-deleted.
-- entity: call, id: c.id, company: c.company_id
-- Appointments come by one LEFT JOIN in primary-key order, so that a full scan streams; every subquery stands behind a
-- cheap test and is not run for most calls. Personal text is read, never returned.
SELECT
    c.id AS id,
    c.company_id AS company_id,
    GREATEST(COALESCE(c.created_at, c.consistency_changed_at), c.consistency_changed_at) AS row_changed_at,
    CODE(c.status) AS status,
    CODE(c.direction) AS direction,
    CODE(c.session_outcome) AS session_outcome,
    IS_BOOKED_OUTCOME(CODE(c.session_outcome)) AS outcome_is_booked,
    IS_CHANGE_OUTCOME(CODE(c.session_outcome)) AS outcome_is_change,
    IS_KNOWN_OUTCOME(CODE(c.session_outcome)) AS outcome_is_known,
    c.customer_id AS customer_id,
    c.customer_link_status COLLATE utf8mb4_bin AS customer_link_status,
    c.customer_link_confidence AS customer_link_confidence,
    (
        c.customer_id IS NULL
        AND (
            c.customer_link_method IS NOT NULL
            OR c.customer_link_confidence IS NOT NULL
            OR c.customer_linked_at IS NOT NULL
        )
    ) AS has_link_without_customer,
    c.appointment_link_status COLLATE utf8mb4_bin AS appointment_link_status,
    COALESCE(c.appointment_made, 0) = 1 AS appointment_made,
    COALESCE(c.transcript, '') <> '' AS has_transcript,
    COALESCE(c.summary, '') <> '' AS has_summary,
    c.duration_sec AS duration_sec,
    c.duration_ms AS duration_ms,
    -- Compared here: a HAVING that compares two plain times of a group meets the next group's in MariaDB 10.11.
    COALESCE(c.end_timestamp < c.start_timestamp, 0) AS ends_before_it_starts,
    IS_LIVE_STATUS(c.status) AS is_going_on,
    -- Where nobody told of the beginning, the row is as old as its last change at least.
    COALESCE(c.start_timestamp, c.created_at, c.consistency_changed_at) AS begun_at,
    c.disconnection_reason = 'system_timeout' AS is_closed_by_us,
    IS_PLACEHOLDER_CALL_ID(c.retell_call_id) AS has_placeholder_id,
    CALL_STATUS_AGREES(CODE(c.status), CODE(c.call_status)) AS status_agrees,
    c.call_successful AS call_successful,
    COALESCE(c.booking_confirmed, 0) = 1 AS booking_confirmed,
    COALESCE(c.booking_failed, 0) = 1 AS booking_failed,
    c.booking_failure_reason IS NOT NULL AS has_failure_reason,
    IF(
        COALESCE(c.booking_failed, 0) = 1,
        EXISTS (
            SELECT 1
            FROM manual_review_queue AS item
            WHERE item.entity_type = 'call' AND item.entity_id = c.id AND item.reason <> 'failed_booking_was_made_good'
        ),
        0
    ) AS was_put_before_a_person,
    COALESCE(LEFT(c.booking_details, 3) NOT IN ('nul', '""', '{}', '[]'), 0) AS has_booking_details,
    c.gateway_mode = 'service_desk' AS is_service_desk,
    -- A JSON text within a JSON column was encoded twice.
    (
        COALESCE(LEFT(c.booking_details, 1) = '"', 0) = 0
        AND COALESCE(LEFT(c.metadata, 1) = '"', 0) = 0
        AND COALESCE(LEFT(c.cost_breakdown, 1) = '"', 0) = 0
        AND COALESCE(LEFT(c.custom_analysis_data, 1) = '"', 0) = 0
        AND COALESCE(LEFT(c.linking_metadata, 1) = '"', 0) = 0
        AND COALESCE(LEFT(c.analysis, 1) = '"', 0) = 0
        AND COALESCE(LEFT(c.raw, 1) = '"', 0) = 0
    ) AS json_is_encoded_once,
    -- Sessions are looked up for a week only: older ones were told when they were young.
    IF(
        IS_LIVE_STATUS(c.status) OR c.created_at < :now - INTERVAL 7 DAY,
        0,
        EXISTS (
            SELECT 1
            FROM retell_call_sessions AS session
            WHERE session.call_id = c.retell_call_id AND session.call_status = 'in_progress'
        )
    ) AS session_is_still_open,
    IF(
        IS_PLACEHOLDER_CALL_ID(c.retell_call_id),
        EXISTS (
            SELECT 1
            FROM (SELECT -1 AS step UNION ALL SELECT 0 UNION ALL SELECT 1) AS near_call
            INNER JOIN calls AS real_call ON real_call.consistency_slot = SLOT(c.created_at) + near_call.step
            WHERE real_call.company_id = IF(near_call.step IS NULL, 0, c.company_id)
              AND real_call.created_at BETWEEN c.created_at - INTERVAL 10 SECOND AND c.created_at + INTERVAL 10 SECOND
              AND real_call.id <> c.id
              AND real_call.deleted_at IS NULL
              AND (
                  OTHER_NUMBER(real_call.direction, real_call.from_number, real_call.to_number)
                  = OTHER_NUMBER(c.direction, c.from_number, c.to_number)
                  OR (
                      IS_SUPPRESSED(OTHER_NUMBER(real_call.direction, real_call.from_number, real_call.to_number))
                      AND IS_SUPPRESSED(OTHER_NUMBER(c.direction, c.from_number, c.to_number))
                  )
              )
        ),
        0
    ) AS placeholder_has_twin,
    c.phone_number_id AS phone_number_id,
    -- Which of our numbers was called follows from the number, where that is one of the company's.
    IF(
        c.phone_number_id IS NOT NULL OR COALESCE(c.to_number, '') = '',
        0,
        EXISTS (
            SELECT 1
            FROM phone_numbers AS dialled
            WHERE dialled.number_normalized = E164(c.to_number) AND dialled.company_id = c.company_id
        )
    ) AS called_number_is_known,
    -- Another company's number behind a call is a call in the wrong company.
    (
        COALESCE(our_number.company_id, c.company_id) = c.company_id
        AND IF(
            c.phone_number_id IS NOT NULL OR COALESCE(c.to_number, '') = '' OR c.direction = 'outbound',
            1,
            NOT EXISTS (
                SELECT 1
                FROM phone_numbers AS foreign_number
                WHERE foreign_number.number_normalized = E164(c.to_number)
                  AND foreign_number.company_id <> c.company_id
            )
            OR EXISTS (
                SELECT 1
                FROM phone_numbers AS own_number
                WHERE own_number.number_normalized = E164(c.to_number) AND own_number.company_id = c.company_id
            )
        )
    ) AS number_is_of_company,
    (company.id IS NOT NULL AND company.deleted_at IS NULL AND COALESCE(company.status, '') <> 'archived')
        AS company_exists,
    (c.branch_id IS NULL OR COALESCE(branch.company_id = c.company_id, 0) = 1) AS branch_is_of_company,
    -- A claim is a flag or a booked outcome, evidence is an appointment; neither is ever derived from the other.
    (
        COALESCE(c.appointment_made, 0) = 1
        OR COALESCE(c.booking_confirmed, 0) = 1
        OR IS_BOOKED_OUTCOME(CODE(c.session_outcome))
    ) AS claims_booking,
    -- The best evidence among the appointments that name the call and those the call names: live (active, fulfilled),
    -- cancelled (a booking did exist), deleted (softly) or none (no row; a rejected or failed one is no booking).
    ELT(
        1 + IF(
            MAX(EVIDENCE_RANK(a.status, a.deleted_at)) = 3,
            3,
            GREATEST(
                MAX(EVIDENCE_RANK(a.status, a.deleted_at)),
                IF(c.appointment_id IS NULL, 0, COALESCE((
                    SELECT EVIDENCE_RANK(named.status, named.deleted_at)
                    FROM appointments AS named
                    WHERE named.id = c.appointment_id
                ), 0)),
                IF(c.converted_appointment_id IS NULL, 0, COALESCE((
                    SELECT EVIDENCE_RANK(converted.status, converted.deleted_at)
                    FROM appointments AS converted
                    WHERE converted.id = c.converted_appointment_id
                ), 0))
            )
        ),
        'none', 'deleted', 'cancelled', 'live'
    ) AS booking_evidence,
    COALESCE(SUM(a.deleted_at IS NULL AND NOT IS_VOID(a.status)), 0) AS live_appointments,
    -- Parts of one composite booking are one; a second booking at the very same start is none.
    COALESCE(SUM(a.deleted_at IS NULL AND NOT IS_VOID(a.status) AND a.composite_group_uid IS NULL), 0)
        AS single_live_appointments,
    COALESCE(SUM(
        a.deleted_at IS NULL AND NOT IS_VOID(a.status) AND a.composite_group_uid IS NULL AND a.starts_at IS NOT NULL
    ), 0)
    - COUNT(DISTINCT IF(
        a.deleted_at IS NULL AND NOT IS_VOID(a.status) AND a.composite_group_uid IS NULL, a.starts_at, NULL
    )) AS appointments_at_taken_start,
    -- What came of a call that moved or cancelled: an appointment it names, or that names it, shows it.
    IF(
        IS_CHANGE_OUTCOME(CODE(c.session_outcome)),
        (MAX(a.id) IS NULL AND c.appointment_id IS NULL)
        OR COALESCE(MAX(WAS_CHANGED(a.status, a.rescheduled_count, a.rescheduled_at)), 0) = 1
        OR EXISTS (
            SELECT 1
            FROM appointments AS changed
            WHERE changed.id = c.appointment_id
              AND WAS_CHANGED(changed.status, changed.rescheduled_count, changed.rescheduled_at)
        ),
        1
    ) AS appointment_shows_change,
    -- The call's own links lead to appointments that name the call.
    (
        (c.appointment_id IS NULL OR EXISTS (
            SELECT 1
            FROM appointments AS linked_back
            WHERE linked_back.id = c.appointment_id AND linked_back.call_id = c.id
        ))
        AND (c.converted_appointment_id IS NULL OR EXISTS (
            SELECT 1
            FROM appointments AS converted_back
            WHERE converted_back.id = c.converted_appointment_id AND converted_back.call_id = c.id
        ))
    ) AS links_agree,
    -- A heuristic of the source gives a customer's second call the booking of the first.
    (
        c.converted_to_appointment = 1
        AND COALESCE(c.appointment_made, 0) = 1
        AND COUNT(a.id) = 0
        AND c.converted_appointment_id IS NOT NULL
    ) AS is_booked_by_conversion_only,
    -- A claim that the triggers parked and that still has no appointment after 15 minutes.
    IF(
        c.appointment_link_status = 'pending_creation',
        EXISTS (
            SELECT 1
            FROM data_consistency_alerts AS parked
            WHERE parked.fingerprint = SHA2(CONCAT('booking_claim_parked:call:', c.id), 256)
              AND parked.status = 'parked'
              AND parked.detected_at <= :now - INTERVAL 15 MINUTE
        ),
        0
    ) AS parked_claim_is_due,
    -- A match by telephone needs the telephone; of an outbound call it is the number that was called.
    IF(
        c.customer_id IS NULL OR customer.id IS NULL OR COALESCE(c.customer_link_method, '') <> 'phone_match',
        1,
        COALESCE(
            IS_DIALABLE(OTHER_NUMBER(c.direction, c.from_number, c.to_number))
            AND (
                E164(OTHER_NUMBER(c.direction, c.from_number, c.to_number)) = E164(customer.phone)
                OR INSTR(customer.phone_variants, E164(OTHER_NUMBER(c.direction, c.from_number, c.to_number))) > 0
            ),
            0
        )
    ) AS phone_match_fits,
    -- Bookings for others are legal: an attendee of another name explains another customer.
    COALESCE(MAX(
        a.customer_id <> c.customer_id
        AND a.deleted_at IS NULL
        AND NOT IS_VOID(a.status)
        AND COALESCE(
            ATTENDEE_OF(a.metadata) = NAME_KEY(customer.name), 1
        )
    ), 0) = 1 AS appointment_has_other_customer,
    (
        c.customer_id IS NULL
        AND COALESCE(MAX(
            a.customer_id IS NOT NULL AND a.company_id = c.company_id AND a.deleted_at IS NULL AND NOT IS_VOID(a.status)
        ), 0) = 1
    ) AS appointment_knows_customer,
    (c.customer_id IS NULL AND c.customer_name <> '' AND NAME_IS_NONE(c.customer_name)) AS name_is_a_fragment,
    IF(
        c.customer_id IS NULL AND c.customer_name <> '' AND NOT NAME_IS_NONE(c.customer_name),
        NAME_IS_DOUBTFUL(c.customer_name) OR NAME_IS_OF_STAFF(c.customer_name, c.company_id),
        0
    ) AS name_is_doubtful,
    c.customer_name_verified = 1 AS name_is_verified,
    c.verification_method COLLATE utf8mb4_bin AS verification_method,
    IS_SUPPRESSED(OTHER_NUMBER(c.direction, c.from_number, c.to_number)) AS number_is_suppressed,
    IF(
        NAME_IS_PERSONA(c.customer_name),
        (
            SELECT COUNT(*)
            FROM (SELECT 0 AS step UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) AS part_of_day
            INNER JOIN calls AS namesake ON namesake.consistency_slot = SLOT(DATE(c.created_at)) + part_of_day.step
            WHERE namesake.company_id = IF(part_of_day.step IS NULL, 0, c.company_id)
              AND namesake.created_at >= DATE(c.created_at)
              AND namesake.created_at < DATE(c.created_at) + INTERVAL 1 DAY
              AND namesake.customer_name = c.customer_name
              AND namesake.deleted_at IS NULL
        ) >= 3,
        0
    ) AS name_is_the_agents,
    (c.customer_id IS NULL OR (customer.id IS NOT NULL AND customer.deleted_at IS NULL)) AS customer_exists,
    (c.customer_id IS NULL OR customer.id IS NULL OR customer.company_id <=> c.company_id) AS customer_is_of_company,
    -- The customer link that the evidence supports, judged top down.
    CASE
        WHEN c.customer_id IS NULL AND NAME_IS_NONE(c.customer_name)
            -- older `anonymous` calls with a visible number are tolerated
            THEN IF(
                c.customer_link_status = 'anonymous'
                OR IS_SUPPRESSED(OTHER_NUMBER(c.direction, c.from_number, c.to_number)),
                'anonymous', 'unlinked'
            )
        WHEN c.customer_id IS NULL THEN 'name_only'
        -- gone or of another company: judged by rules of their own
        WHEN customer.id IS NULL OR customer.deleted_at IS NOT NULL OR NOT customer.company_id <=> c.company_id
            THEN c.customer_link_status
        WHEN c.customer_link_method = 'manual_link' OR c.customer_link_confidence BETWEEN 70 AND 100 THEN 'linked'
        WHEN c.customer_link_confidence >= 40 AND c.customer_link_confidence <= 100 THEN 'pending_review'
        WHEN c.customer_link_confidence >= 0 AND c.customer_link_confidence <= 100 THEN 'failed'
        -- none known, or one that is none
        WHEN c.customer_link_confidence IS NULL AND c.customer_link_method = 'auto_created' THEN 'linked'
        WHEN EXISTS (
            SELECT 1
            FROM appointments AS own
            WHERE own.call_id = c.id AND own.customer_id = c.customer_id AND own.deleted_at IS NULL
        ) THEN 'linked'
        -- the other number, written in full, is the customer's and nobody else's in the company
        WHEN E164(OTHER_NUMBER(c.direction, c.from_number, c.to_number)) = E164(customer.phone)
            AND NOT EXISTS (
                SELECT 1
                FROM customers AS twin
                WHERE twin.company_id = c.company_id
                  AND twin.phone = customer.phone
                  AND twin.id <> customer.id
                  AND twin.deleted_at IS NULL
            ) THEN 'linked'
        WHEN c.customer_link_confidence > 100 THEN 'linked'
        WHEN c.customer_link_confidence < 0 THEN 'failed'
        ELSE 'pending_review'
    END COLLATE utf8mb4_bin AS expected_link_status
FROM calls AS c
LEFT JOIN appointments AS a ON a.call_id = c.id
LEFT JOIN customers AS customer ON customer.id = c.customer_id
LEFT JOIN companies AS company ON company.id = c.company_id
LEFT JOIN phone_numbers AS our_number ON our_number.id = c.phone_number_id
LEFT JOIN branches AS branch ON branch.id = c.branch_id
WHERE /* scope */ c.deleted_at IS NULL
GROUP BY c.id
