-- set_calcom_booking_aside: a booking is there and could not be read: its state is unknown, whatever was known before.
INSERT INTO consistency_calcom_bookings (
    company_id, calcom_uid, calcom_id, event_type_id, status, created_at_calcom, metadata_call_id, unreadable, seen_at,
    changed_at
)
VALUES (
    :company_id, :calcom_uid, :calcom_id, :event_type_id, 'other', :created_at_calcom, :metadata_call_id, :unreadable,
    :now, :now
)
ON DUPLICATE KEY UPDATE
    changed_at = IF(status = 'other' AND unreadable <=> VALUES(unreadable), changed_at, VALUES(changed_at)),
    calcom_id = COALESCE(VALUES(calcom_id), calcom_id),
    event_type_id = COALESCE(VALUES(event_type_id), event_type_id),
    status = 'other',
    created_at_calcom = COALESCE(VALUES(created_at_calcom), created_at_calcom),
    metadata_call_id = COALESCE(VALUES(metadata_call_id), metadata_call_id),
    unreadable = VALUES(unreadable),
    seen_at = VALUES(seen_at)
