-- settle_sync_of_void_appointment: nothing is left to sync where the calendar never had the appointment.
-- table: appointments
-- columns: calcom_sync_status, requires_manual_review, manual_review_flagged_at
-- when: is_void = 1
SELECT
    a.id AS id,
    'synced' AS calcom_sync_status,
    0 AS requires_manual_review,
    NULL AS manual_review_flagged_at,
    'no_calendar_id' AS evidence,
    IF(
        COALESCE(
            NULLIF(a.calcom_v2_booking_id, ''), NULLIF(a.calcom_v2_booking_uid, ''), a.calcom_booking_id,
            NULLIF(a.calcom_booking_uid, ''), NULLIF(a.external_id, ''), NULLIF(a.booking_id, '')
        ) IS NULL,
        NULL,
        'calendar_may_hold_it'
    ) AS refusal,
    0 AS review,
    NULL AS candidates
FROM appointments AS a
WHERE a.id IN :ids
