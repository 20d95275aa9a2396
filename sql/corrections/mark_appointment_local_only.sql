-- mark_appointment_local_only: a coming appointment the calendar does not know says so and asks for a person.
-- table: appointments
-- columns: calcom_sync_status, requires_manual_review, manual_review_flagged_at
-- when: is_void = 0
SELECT
    a.id AS id,
    'orphaned_local' AS calcom_sync_status,
    1 AS requires_manual_review,
    IF(a.requires_manual_review = 1, COALESCE(a.manual_review_flagged_at, :now), :now) AS manual_review_flagged_at,
    'no_calendar_id' AS evidence,
    NULL AS refusal,
    1 AS review,
    NULL AS candidates
FROM appointments AS a
WHERE a.id IN :ids
