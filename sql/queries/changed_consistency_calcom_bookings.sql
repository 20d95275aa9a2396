-- changed_consistency_calcom_bookings: bookings changed since the watermark, and those of changed appointments.
SELECT b.id
FROM consistency_calcom_bookings AS b
WHERE b.changed_at >= :since
UNION ALL
SELECT b.id
FROM appointments AS a
INNER JOIN consistency_calcom_bookings AS b ON a.company_id = b.company_id AND a.calcom_booking_id = b.calcom_id
WHERE a.consistency_changed_at >= :since
UNION ALL
SELECT b.id
FROM appointments AS a
INNER JOIN consistency_calcom_bookings AS b
    ON
        a.company_id = b.company_id
        AND b.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
WHERE a.consistency_changed_at >= :since
