-- judge_customer_link: status, method and confidence of the customer link as the evidence has them, judged top down.
-- table: calls
-- columns: customer_link_status, customer_link_method, customer_link_confidence, customer_linked_at
-- when: appointment_knows_customer = 0
-- What rests on a name alone, on a low confidence or on nothing is proposed to a person only.
SELECT
    v.id AS id,
    CASE v.verdict
        WHEN 'no_name_hidden_number' THEN 'anonymous'
        -- older `anonymous` calls with a visible number are tolerated
        WHEN 'no_name' THEN IF(v.customer_link_status = 'anonymous', 'anonymous', 'unlinked')
        WHEN 'name' THEN 'name_only'
        WHEN 'staff_name' THEN 'name_only'
        WHEN 'doubtful_name' THEN 'name_only'
        WHEN 'customer_gone' THEN v.customer_link_status
        WHEN 'low_confidence' THEN 'pending_review'
        WHEN 'very_low_confidence' THEN 'failed'
        WHEN 'no_evidence' THEN 'pending_review'
        WHEN 'confidence_out_of_range'
            THEN IF(
                v.customer_link_confidence < 0 AND COALESCE(v.customer_link_method, '') <> 'manual_link', 'failed', 'linked'
            )
        ELSE 'linked'
    END AS customer_link_status,
    CASE
        WHEN v.customer_id IS NULL THEN NULL
        WHEN v.verdict = 'phone_match' THEN 'phone_match'
        WHEN v.verdict = 'appointment' THEN 'appointment_link'
        WHEN v.verdict = 'no_evidence' THEN NULL
        ELSE v.customer_link_method
    END AS customer_link_method,
    CASE
        WHEN v.customer_id IS NULL OR v.verdict = 'no_evidence' THEN NULL
        WHEN v.verdict IN ('phone_match', 'created_automatically') THEN 100
        WHEN v.verdict = 'appointment' THEN 95
        WHEN v.verdict = 'manual_link' THEN COALESCE(v.customer_link_confidence, 100)
        ELSE v.customer_link_confidence
    END AS customer_link_confidence,
    CASE
        WHEN v.customer_id IS NULL THEN NULL
        WHEN v.verdict IN ('manual_link', 'confidence', 'phone_match', 'appointment', 'created_automatically')
            THEN COALESCE(v.customer_linked_at, :now)
        ELSE v.customer_linked_at
    END AS customer_linked_at,
    v.verdict AS evidence,
    IF(
        v.verdict IN (
            'staff_name', 'doubtful_name', 'customer_gone', 'confidence_out_of_range', 'low_confidence',
            'very_low_confidence', 'created_automatically', 'no_evidence'
        ),
        v.verdict,
        NULL
    ) AS refusal,
    0 AS review,
    NULL AS candidates
FROM (
    SELECT
        c.id AS id,
        c.customer_id AS customer_id,
        c.customer_link_status AS customer_link_status,
        c.customer_link_method AS customer_link_method,
        c.customer_link_confidence AS customer_link_confidence,
        c.customer_linked_at AS customer_linked_at,
        CASE
            WHEN c.customer_id IS NULL AND NAME_IS_NONE(c.customer_name)
                THEN IF(IS_SUPPRESSED(OTHER_NUMBER(c.direction, c.from_number, c.to_number)), 'no_name_hidden_number', 'no_name')
            WHEN c.customer_id IS NULL AND NAME_IS_OF_STAFF(c.customer_name, c.company_id) THEN 'staff_name'
            WHEN c.customer_id IS NULL AND NAME_IS_DOUBTFUL(c.customer_name) THEN 'doubtful_name'
            WHEN c.customer_id IS NULL THEN 'name'
            WHEN customer.id IS NULL OR customer.deleted_at IS NOT NULL OR NOT customer.company_id <=> c.company_id
                THEN 'customer_gone'
            WHEN c.customer_link_method = 'manual_link'
                THEN IF(COALESCE(c.customer_link_confidence, 100) BETWEEN 0 AND 100, 'manual_link', 'confidence_out_of_range')
            WHEN c.customer_link_confidence BETWEEN 70 AND 100 THEN 'confidence'
            WHEN c.customer_link_confidence >= 40 AND c.customer_link_confidence <= 100 THEN 'low_confidence'
            WHEN c.customer_link_confidence >= 0 AND c.customer_link_confidence <= 100 THEN 'very_low_confidence'
            -- nobody else of the company has the number, in whatever spelling
            WHEN E164(OTHER_NUMBER(c.direction, c.from_number, c.to_number)) = E164(customer.phone)
                AND NOT EXISTS (
                    SELECT 1
                    FROM customers AS twin
                    WHERE twin.company_id = c.company_id
                      AND twin.id <> customer.id
                      AND twin.deleted_at IS NULL
                      AND E164(twin.phone) = E164(customer.phone)
                ) THEN 'phone_match'
            WHEN EXISTS (
                SELECT 1
                FROM appointments AS own
                WHERE own.call_id = c.id AND own.customer_id = c.customer_id AND own.deleted_at IS NULL
            ) THEN 'appointment'
            WHEN c.customer_link_confidence IS NOT NULL THEN 'confidence_out_of_range'
            WHEN c.customer_link_method = 'auto_created' THEN 'created_automatically'
            ELSE 'no_evidence'
        END AS verdict
    FROM calls AS c
    LEFT JOIN customers AS customer ON customer.id = c.customer_id
    WHERE c.id IN :ids
) AS v
