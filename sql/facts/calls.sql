-- Facts of calls: what the rules of expectations/calls.json read, one row per call that is not soft-deleted.
-- entity: call, id: c.id, company: c.company_id
-- Appointments come by one LEFT JOIN in primary-key order, so that a full scan streams; every subquery stands behind a
-- cheap test and is not run for most calls. Personal text is read, never returned.
SELECT
    c.id AS id,
    c.company_id AS company_id,
    GREATEST(COALESCE(c.created_at, c.consistency_changed_at), c.consistency_changed_at) AS row_changed_at,
    c.status COLLATE utf8mb4_bin AS status,
    c.direction COLLATE utf8mb4_bin AS direction,
    c.session_outcome COLLATE utf8mb4_bin AS session_outcome,
    c.customer_id AS customer_id,
    c.customer_link_status COLLATE utf8mb4_bin AS customer_link_status,
    c.customer_link_confidence AS customer_link_confidence,
    c.appointment_link_status COLLATE utf8mb4_bin AS appointment_link_status,
    COALESCE(c.appointment_made, 0) = 1 AS appointment_made,
    COALESCE(c.transcript, '') <> '' AS has_transcript,
    -- A claim is a flag or a booked outcome, evidence is an appointment; neither is ever derived from the other.
    (
        COALESCE(c.appointment_made, 0) = 1
        OR COALESCE(c.booking_confirmed, 0) = 1
        OR IS_BOOKED_OUTCOME(c.session_outcome COLLATE utf8mb4_bin)
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
    (c.customer_id IS NULL OR (customer.id IS NOT NULL AND customer.deleted_at IS NULL)) AS customer_exists,
    (c.customer_id IS NULL OR customer.id IS NULL OR customer.company_id <=> c.company_id) AS customer_is_of_company,
    -- The customer link that the evidence supports, judged top down.
    CASE
        WHEN c.customer_id IS NULL AND NAME_IS_NONE(c.customer_name)
            -- older `anonymous` calls with a visible number are tolerated
            THEN IF(IS_SUPPRESSED(c.from_number) OR c.customer_link_status = 'anonymous', 'anonymous', 'unlinked')
        WHEN c.customer_id IS NULL THEN 'name_only'
        -- gone or of another company: judged by rules of their own
        WHEN customer.id IS NULL OR customer.deleted_at IS NOT NULL OR NOT customer.company_id <=> c.company_id
            THEN c.customer_link_status
        WHEN c.customer_link_method = 'manual_link' OR c.customer_link_confidence >= 70 THEN 'linked'
        WHEN c.customer_link_confidence >= 40 THEN 'pending_review'
        WHEN c.customer_link_confidence IS NOT NULL THEN 'failed'
        WHEN c.customer_link_method = 'auto_created' THEN 'linked'
        WHEN EXISTS (
            SELECT 1
            FROM appointments AS own
            WHERE own.call_id = c.id AND own.customer_id = c.customer_id AND own.deleted_at IS NULL
        ) THEN 'linked'
        -- the caller's number, written in full, is the customer's and nobody else's in the company
        WHEN IS_DIALABLE(c.from_number)
            AND E164(c.from_number) = E164(customer.phone)
            AND NOT EXISTS (
                SELECT 1
                FROM customers AS twin
                WHERE twin.company_id = c.company_id
                  AND twin.phone = customer.phone
                  AND twin.id <> customer.id
                  AND twin.deleted_at IS NULL
            ) THEN 'linked'
        ELSE 'pending_review'
    END COLLATE utf8mb4_bin AS expected_link_status
FROM calls AS c
LEFT JOIN appointments AS a ON a.call_id = c.id
LEFT JOIN customers AS customer ON customer.id = c.customer_id
WHERE /* scope */ c.deleted_at IS NULL
GROUP BY c.id
