-- appointments_of_calls: appointments that name some calls; their verdicts may change with the calls.
SELECT id
FROM appointments
WHERE call_id IN :ids
