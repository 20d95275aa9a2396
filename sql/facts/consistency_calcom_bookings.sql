-- Facts of consistency_calcom_bookings: whether what the calendar holds is known here, one row per mirrored booking.
-- entity: calcom_booking, id: b.id, company: b.company_id
-- A void appointment is one, too: that it is still booked has a rule of its own. Columns without an index are asked
-- among what begins at the same time. One search an equality, as a list of them could use no key; and IF, so that the
-- company, which all of its appointments share, is not taken for one.
SELECT
    b.id AS id,
    b.company_id AS company_id,
    b.changed_at AS row_changed_at,
    b.unreadable IS NULL AS is_readable,
    IS_BOOKED_IN_CALENDAR(b.status) AS is_booked,
    COALESCE(b.created_at_calcom, b.changed_at) AS booked_at,
    IF(
        NOT IS_BOOKED_IN_CALENDAR(b.status),
        0,
        b.calcom_id IS NOT NULL AND EXISTS (
            SELECT 1
            FROM appointments AS of_number
            WHERE of_number.calcom_booking_id = b.calcom_id
              AND IF(TRUE, of_number.company_id, 0) = b.company_id
              AND of_number.deleted_at IS NULL
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS of_uid
            WHERE of_uid.calcom_v2_booking_uid = b.calcom_uid COLLATE utf8mb4_unicode_ci
              AND IF(TRUE, of_uid.company_id, 0) = b.company_id
              AND of_uid.deleted_at IS NULL
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS of_v2_uid
            WHERE of_v2_uid.calcom_v2_booking_id = b.calcom_uid COLLATE utf8mb4_unicode_ci
              AND IF(TRUE, of_v2_uid.company_id, 0) = b.company_id
              AND of_v2_uid.deleted_at IS NULL
        )
        OR b.calcom_id IS NOT NULL AND EXISTS (
            SELECT 1
            FROM appointments AS of_v2_number
            WHERE of_v2_number.calcom_v2_booking_id = CONCAT(b.calcom_id) COLLATE utf8mb4_unicode_ci
              AND IF(TRUE, of_v2_number.company_id, 0) = b.company_id
              AND of_v2_number.deleted_at IS NULL
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS of_time
            WHERE of_time.company_id = b.company_id
              AND of_time.starts_at = b.starts_at
              AND of_time.deleted_at IS NULL
              AND (
                  of_time.calcom_booking_uid = b.calcom_uid COLLATE utf8mb4_unicode_ci
                  OR of_time.external_id IN (b.calcom_uid COLLATE utf8mb4_unicode_ci, CONCAT(b.calcom_id))
              )
        )
        -- What was moved is one thing: its appointment, which stands for an earlier time of it, is asked about and no other.
        OR IF(b.root_uid IS NULL, 0, EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS kin
            INNER JOIN appointments AS of_kin_uid ON of_kin_uid.calcom_v2_booking_uid = kin.calcom_uid COLLATE utf8mb4_unicode_ci
            WHERE kin.company_id = b.company_id
              AND (kin.root_uid = b.root_uid OR kin.calcom_uid = b.root_uid)
              AND kin.id <> b.id
              AND NOT IS_BOOKED_IN_CALENDAR(kin.status)
              AND IF(TRUE, of_kin_uid.company_id, 0) = b.company_id
              AND of_kin_uid.deleted_at IS NULL
              AND IS_ACTIVE(of_kin_uid.status)
              AND of_kin_uid.starts_at > :now
        ))
        OR IF(b.root_uid IS NULL, 0, EXISTS (
            SELECT 1
            FROM consistency_calcom_bookings AS kin_of_number
            INNER JOIN appointments AS of_kin_number ON of_kin_number.calcom_booking_id = kin_of_number.calcom_id
            WHERE kin_of_number.company_id = b.company_id
              AND (kin_of_number.root_uid = b.root_uid OR kin_of_number.calcom_uid = b.root_uid)
              AND kin_of_number.id <> b.id
              AND NOT IS_BOOKED_IN_CALENDAR(kin_of_number.status)
              AND IF(TRUE, of_kin_number.company_id, 0) = b.company_id
              AND of_kin_number.deleted_at IS NULL
              AND IS_ACTIVE(of_kin_number.status)
              AND of_kin_number.starts_at > :now
        ))
        OR b.recurring_uid IS NOT NULL AND EXISTS (
            SELECT 1
            FROM appointments AS of_series
            WHERE of_series.calcom_v2_booking_uid = b.recurring_uid COLLATE utf8mb4_unicode_ci
              AND of_series.starts_at = b.starts_at
              AND IF(TRUE, of_series.company_id, 0) = b.company_id
              AND of_series.deleted_at IS NULL
        )
    ) AS has_appointment
FROM consistency_calcom_bookings AS b
WHERE /* scope */ b.company_id IS NOT NULL
