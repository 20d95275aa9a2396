-- upsert_calcom_booking: what the calendar says of a booking now; what is said again is only seen again.
INSERT INTO consistency_calcom_bookings (
    company_id, calcom_uid, calcom_id, event_type_id, status, starts_at, ends_at, created_at_calcom, metadata_call_id,
    rescheduled_to_uid, root_uid, recurring_uid, is_seated, seat_calls, seen_at, changed_at
)
VALUES (
    :company_id, :calcom_uid, :calcom_id, :event_type_id, :status, :starts_at, :ends_at, :created_at_calcom,
    :metadata_call_id, :rescheduled_to_uid, :root_uid, :recurring_uid, :is_seated, :seat_calls, :now, :now
)
ON DUPLICATE KEY UPDATE
    changed_at = IF(
        calcom_id <=> VALUES(calcom_id)
        AND event_type_id <=> VALUES(event_type_id)
        AND status = VALUES(status)
        AND starts_at <=> VALUES(starts_at)
        AND ends_at <=> VALUES(ends_at)
        AND created_at_calcom <=> VALUES(created_at_calcom)
        AND metadata_call_id <=> VALUES(metadata_call_id)
        AND rescheduled_to_uid <=> VALUES(rescheduled_to_uid)
        AND recurring_uid <=> VALUES(recurring_uid)
        AND is_seated = VALUES(is_seated)
        AND seat_calls <=> VALUES(seat_calls)
        AND unreadable IS NULL,
        changed_at,
        VALUES(changed_at)
    ),
    calcom_id = VALUES(calcom_id),
    event_type_id = VALUES(event_type_id),
    status = VALUES(status),
    starts_at = VALUES(starts_at),
    ends_at = VALUES(ends_at),
    created_at_calcom = VALUES(created_at_calcom),
    metadata_call_id = VALUES(metadata_call_id),
    rescheduled_to_uid = VALUES(rescheduled_to_uid),
    -- Where a chain begins is found out beside: what a row says of it again is no news.
    root_uid = COALESCE(root_uid, VALUES(root_uid)),
    recurring_uid = VALUES(recurring_uid),
    is_seated = VALUES(is_seated),
    seat_calls = VALUES(seat_calls),
    unreadable = NULL,
    seen_at = VALUES(seen_at)
