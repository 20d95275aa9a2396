-- changed_consistency_calcom_bookings: bookings of the calendar that changed appointments may stand for; one that
-- has lost its ids by its time.
-- follows: of_number, of_uid, of_v2_uid, of_v2_number, of_time, of_series, kin, of_kin_uid, kin_of_number, of_kin_number
-- goes with: companies, services
SELECT b.id
FROM appointments AS a
INNER JOIN consistency_calcom_bookings AS b ON a.company_id = b.company_id AND a.calcom_booking_id = b.calcom_id
WHERE a.consistency_changed_at >= :since
UNION ALL
SELECT b.id
FROM appointments AS a
INNER JOIN consistency_calcom_bookings AS b
    ON a.company_id = b.company_id AND b.calcom_id = NUMBER_OF(NULL, a.calcom_v2_booking_id)
WHERE a.consistency_changed_at >= :since
UNION ALL
SELECT b.id
FROM appointments AS a
INNER JOIN consistency_calcom_bookings AS b
    ON
        a.company_id = b.company_id
        AND b.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
WHERE a.consistency_changed_at >= :since
UNION ALL
SELECT b.id
FROM appointments AS a
INNER JOIN consistency_calcom_bookings AS b
    ON a.company_id = b.company_id AND b.calcom_uid = a.external_id COLLATE utf8mb4_bin
WHERE a.consistency_changed_at >= :since
UNION ALL
SELECT b.id
FROM appointments AS a
INNER JOIN consistency_calcom_bookings AS b
    ON a.company_id = b.company_id AND b.calcom_id = NUMBER_OF(NULL, a.external_id)
WHERE a.consistency_changed_at >= :since
UNION ALL
SELECT b.id
FROM appointments AS a
INNER JOIN consistency_calcom_bookings AS b ON a.company_id = b.company_id AND a.starts_at = b.starts_at
WHERE a.consistency_changed_at >= :since
UNION ALL
SELECT b.id
FROM appointments AS a
INNER JOIN consistency_calcom_bookings AS kin
    ON
        a.company_id = kin.company_id
        AND kin.calcom_uid = UID_OF(a.calcom_v2_booking_uid, a.calcom_v2_booking_id, a.calcom_booking_uid)
INNER JOIN consistency_calcom_bookings AS b
    ON kin.company_id = b.company_id AND b.root_uid = COALESCE(kin.root_uid, kin.calcom_uid)
WHERE a.consistency_changed_at >= :since
UNION ALL
SELECT b.id
FROM appointments AS a
INNER JOIN consistency_calcom_bookings AS kin
    ON a.company_id = kin.company_id AND kin.calcom_id = NUMBER_OF(a.calcom_booking_id, a.calcom_v2_booking_id)
INNER JOIN consistency_calcom_bookings AS b
    ON kin.company_id = b.company_id AND b.root_uid = COALESCE(kin.root_uid, kin.calcom_uid)
WHERE a.consistency_changed_at >= :since
UNION ALL
SELECT b.id
FROM consistency_calcom_bookings AS kin
INNER JOIN consistency_calcom_bookings AS b
    ON kin.company_id = b.company_id AND b.root_uid = COALESCE(kin.root_uid, kin.calcom_uid)
WHERE kin.changed_at >= :since
