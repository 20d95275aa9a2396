-- How many calls are wrong, but for :ids; counted by hand and on purpose without the facts of the rules: a second opinion.
SELECT
    COUNT(*) AS wrong_calls,
    COALESCE(SUM(w.fault = 'outcome'), 0) AS booked_without_flag_and_appointment,
    COALESCE(SUM(w.fault = 'flag'), 0) AS flag_without_appointment,
    COALESCE(SUM(w.fault = 'direction'), 0) AS direction_missing,
    COALESCE(SUM(w.fault = 'test_call'), 0) AS direction_missing_test_call,
    COALESCE(SUM(w.fault = 'confidence'), 0) AS linked_without_confidence
FROM (
    SELECT
        calls.id,
        CASE
            WHEN IS_BOOKED_OUTCOME(calls.session_outcome) AND calls.appointment_made = 0 AND booked.call_id IS NULL
                THEN 'outcome'
            WHEN calls.appointment_made = 1 AND booked.call_id IS NULL THEN 'flag'
            WHEN COALESCE(calls.direction, '') = '' AND calls.to_number IS NOT NULL THEN 'direction'
            WHEN COALESCE(calls.direction, '') = '' THEN 'test_call'
            WHEN calls.customer_link_status = 'linked' AND calls.customer_link_confidence IS NULL THEN 'confidence'
        END AS fault
    FROM calls
    LEFT JOIN (
        SELECT DISTINCT appointments.call_id
        FROM appointments
        WHERE appointments.deleted_at IS NULL AND appointments.call_id IS NOT NULL
    ) AS booked ON booked.call_id = calls.id
    WHERE calls.deleted_at IS NULL AND calls.id NOT IN :ids
) AS w
WHERE w.fault IS NOT NULL
