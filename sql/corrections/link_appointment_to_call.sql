-- link_appointment_to_call: an appointment gets the one call that its own metadata or the call's booking id names.
-- table: appointments
-- columns: call_id
-- Metadata is often a JSON text within JSON: unquoting leaves an object as it is.
SELECT
    a.id AS id,
    IF(COUNT(DISTINCT named.call_id) = 1, MIN(named.call_id), NULL) AS call_id,
    COALESCE(MIN(named.evidence), 'none') AS evidence,
    CASE COUNT(DISTINCT named.call_id)
        WHEN 0 THEN 'no_call_found'
        WHEN 1 THEN NULL
        ELSE 'several_calls_found'
    END AS refusal,
    0 AS review,
    CONCAT('[', COALESCE(GROUP_CONCAT(DISTINCT named.call_id ORDER BY named.call_id), ''), ']') AS candidates
FROM appointments AS a
LEFT JOIN (
    SELECT s.id AS appointment_id, s.company_id AS company_id, c.id AS call_id, 'metadata' AS evidence
    FROM appointments AS s
    INNER JOIN calls AS c
        ON c.retell_call_id = JSON_UNQUOTE(JSON_EXTRACT(DECODED_JSON(s.metadata), '$.retell_call_id'))
        AND c.company_id = s.company_id
        AND c.deleted_at IS NULL
    WHERE s.id IN :ids
    UNION ALL
    SELECT s.id, s.company_id, c.id, 'metadata'
    FROM appointments AS s
    INNER JOIN calls AS c
        ON c.retell_call_id = JSON_UNQUOTE(JSON_EXTRACT(DECODED_JSON(s.metadata), '$.call_id'))
        AND c.company_id = s.company_id
        AND c.deleted_at IS NULL
    WHERE s.id IN :ids
    UNION ALL
    SELECT s.id, s.company_id, c.id, 'metadata'
    FROM appointments AS s
    INNER JOIN calls AS c
        ON CONCAT(c.id) = JSON_UNQUOTE(JSON_EXTRACT(DECODED_JSON(s.metadata), '$.call_id'))
        AND c.company_id = s.company_id
        AND c.deleted_at IS NULL
    WHERE s.id IN :ids
    UNION ALL
    SELECT s.id, s.company_id, c.id, 'booking_id'
    FROM appointments AS s
    INNER JOIN calls AS c
        ON c.company_id = s.company_id
        AND c.created_at BETWEEN s.created_at - INTERVAL 1 DAY AND s.created_at + INTERVAL 1 DAY
        AND c.booking_id <> ''
        AND c.booking_id IN (
            s.calcom_v2_booking_id, s.calcom_v2_booking_uid, CONCAT(s.calcom_booking_id), s.calcom_booking_uid, s.external_id
        )
        AND c.deleted_at IS NULL
    WHERE s.id IN :ids
) AS named ON named.appointment_id = a.id
WHERE a.id IN :ids
GROUP BY a.id
