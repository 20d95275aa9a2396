-- take_move_time_from_record: when an appointment was moved stands in the record of its changes.
-- table: appointments
-- columns: rescheduled_at
SELECT
    a.id AS id,
    MAX(m.created_at) AS rescheduled_at,
    'modification_record' AS evidence,
    IF(COUNT(m.created_at) = 0, 'no_record_found', NULL) AS refusal,
    0 AS review,
    NULL AS candidates
FROM appointments AS a
LEFT JOIN appointment_modifications AS m ON m.appointment_id = a.id AND m.modification_type = 'reschedule'
WHERE a.id IN :ids
GROUP BY a.id
