-- spell_no_show: one of two spellings of the same status; any other unknown word needs a person.
-- table: appointments
-- columns: status
SELECT
    a.id AS id,
    'no_show' AS status,
    'spelling' AS evidence,
    IF(a.status COLLATE utf8mb4_bin = 'no-show', NULL, 'unknown_status') AS refusal,
    0 AS review,
    NULL AS candidates
FROM appointments AS a
WHERE a.id IN :ids
