-- live_appointments: an appointment, or those of a call, as they stand in the source now.
SELECT
    a.*,
    IS_VOID(a.status) AS is_void
FROM appointments AS a
WHERE
    (:row_id IS NULL OR a.id = :row_id)
    AND (:call_id IS NULL OR a.call_id = :call_id)
    AND (:company_id IS NULL OR a.company_id = :company_id)
ORDER BY a.id
LIMIT :limit
