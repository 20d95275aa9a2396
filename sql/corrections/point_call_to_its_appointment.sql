-- point_call_to_its_appointment: links that lead elsewhere lead to the one valid appointment that names the call.
-- table: calls
-- columns: appointment_id, converted_appointment_id
SELECT
    c.id AS id,
    IF(c.appointment_id IS NULL, NULL, MIN(a.id)) AS appointment_id,
    IF(c.converted_appointment_id IS NULL, NULL, MIN(a.id)) AS converted_appointment_id,
    'appointment' AS evidence,
    CASE COUNT(a.id)
        WHEN 0 THEN 'no_appointment_names_the_call'
        WHEN 1 THEN NULL
        ELSE 'several_appointments_found'
    END AS refusal,
    0 AS review,
    CONCAT('[', COALESCE(GROUP_CONCAT(a.id ORDER BY a.id), ''), ']') AS candidates
FROM calls AS c
LEFT JOIN appointments AS a
    ON a.call_id = c.id
    AND a.company_id = c.company_id
    AND a.deleted_at IS NULL
    AND NOT IS_VOID(a.status)
WHERE c.id IN :ids
GROUP BY c.id
