-- set_booking_flags_from_appointment: the valid appointment of a call sets its flag and link; a known outcome is kept.
-- table: calls
-- columns: appointment_made, appointment_link_status, appointment_linked_at, converted_appointment_id, session_outcome
-- when: booking_evidence = 'live'
SELECT
    c.id AS id,
    1 AS appointment_made,
    'linked' AS appointment_link_status,
    COALESCE(c.appointment_linked_at, MIN(a.created_at), :now) AS appointment_linked_at,
    COALESCE(c.converted_appointment_id, IF(COUNT(a.id) = 1, MIN(a.id), NULL)) AS converted_appointment_id,
    COALESCE(c.session_outcome, 'appointment_booked') AS session_outcome,
    'appointment' AS evidence,
    IF(MAX(a.company_id <> c.company_id), 'appointment_of_other_company', NULL) AS refusal,
    0 AS review,
    NULL AS candidates
FROM calls AS c
INNER JOIN appointments AS a
    ON a.call_id = c.id
    AND a.deleted_at IS NULL
    AND NOT IS_VOID(a.status)
WHERE c.id IN :ids
GROUP BY c.id
