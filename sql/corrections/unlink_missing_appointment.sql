-- unlink_missing_appointment: a link to an appointment that does not exist is taken back; a deleted one is for a person.
-- table: calls
-- columns: appointment_link_status, appointment_linked_at
-- when: booking_evidence IN ('none', 'deleted')
SELECT
    c.id AS id,
    'unlinked' AS appointment_link_status,
    NULL AS appointment_linked_at,
    'no_appointment' AS evidence,
    CASE
        WHEN c.appointment_id IS NOT NULL OR c.converted_appointment_id IS NOT NULL THEN 'names_missing_appointment'
        WHEN COUNT(a.id) > 0 THEN 'appointment_deleted'
    END AS refusal,
    0 AS review,
    CONCAT('[', COALESCE(GROUP_CONCAT(a.id ORDER BY a.id), ''), ']') AS candidates
FROM calls AS c
LEFT JOIN appointments AS a
    ON a.call_id = c.id
    AND a.deleted_at IS NOT NULL
    AND NOT WAS_NEVER_BOOKED(a.status)
WHERE c.id IN :ids
GROUP BY c.id
