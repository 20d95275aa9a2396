-- copy_booking_number: a numeric booking id goes where numeric ids are looked for; the text stays.
-- table: appointments
-- columns: calcom_booking_id
SELECT
    a.id AS id,
    CAST(a.calcom_v2_booking_id AS UNSIGNED) AS calcom_booking_id,
    'calcom_v2_booking_id' AS evidence,
    NULL AS refusal,
    0 AS review,
    NULL AS candidates
FROM appointments AS a
WHERE a.id IN :ids
