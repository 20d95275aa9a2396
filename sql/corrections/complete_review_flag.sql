-- complete_review_flag: a flag gets its time, a time without a flag goes.
-- table: appointments
-- columns: manual_review_flagged_at
-- when: is_void = 0
SELECT
    a.id AS id,
    IF(a.requires_manual_review = 1, COALESCE(a.updated_at, a.created_at, :now), NULL) AS manual_review_flagged_at,
    IF(a.requires_manual_review = 1, 'flag', 'no_flag') AS evidence,
    NULL AS refusal,
    0 AS review,
    NULL AS candidates
FROM appointments AS a
WHERE a.id IN :ids
