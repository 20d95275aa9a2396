-- Facts of appointments: what the rules of expectations/appointments.json read, one row per appointment not soft-deleted.
-- entity: appointment, id: a.id, company: a.company_id
-- Everything named by an appointment is joined by primary key. A Cal.com id is looked up only where one is stored, and
-- only in indexed columns.
SELECT
    a.id AS id,
    a.company_id AS company_id,
    GREATEST(COALESCE(a.created_at, a.consistency_changed_at), a.consistency_changed_at) AS row_changed_at,
    a.status COLLATE utf8mb4_bin AS status,
    a.calcom_sync_status COLLATE utf8mb4_bin AS calcom_sync_status,
    a.starts_at AS starts_at,
    a.ends_at AS ends_at,
    a.call_id AS call_id,
    NOT IS_VOID(a.status) AND NOT IS_FULFILLED(a.status) AS is_active,
    COALESCE(a.starts_at > :now, 0) AS is_future,
    (a.source LIKE 'retell%' OR a.source LIKE 'phone%' OR a.source = 'voice') AS is_from_telephone,
    (a.call_id IS NULL OR (call_row.id IS NOT NULL AND call_row.deleted_at IS NULL)) AS call_exists,
    COALESCE(
        NULLIF(a.calcom_v2_booking_id, ''), NULLIF(a.calcom_v2_booking_uid, ''), a.calcom_booking_id,
        NULLIF(a.calcom_booking_uid, '')
    ) IS NOT NULL AS has_calcom_id,
    -- Another company's row behind any reference is a leak between tenants.
    COALESCE(call_row.company_id <> a.company_id, 0) = 0
        AND COALESCE(customer.company_id <> a.company_id, 0) = 0
        AND COALESCE(service.company_id <> a.company_id, 0) = 0
        AND COALESCE(member.company_id <> a.company_id, 0) = 0
        AND COALESCE(branch.company_id <> a.company_id, 0) = 0 AS is_of_one_company,
    -- Numeric id and uid stand in any of five columns; calcom_booking_uid and external_id carry no index in the source,
    -- so they ask but are not asked. A pair is found when one of its rows keeps the id in an indexed column.
    (
        a.calcom_booking_id IS NOT NULL AND EXISTS (
            SELECT 1
            FROM appointments AS number
            WHERE number.calcom_booking_id = a.calcom_booking_id AND number.id <> a.id AND number.deleted_at IS NULL
        )
        OR a.calcom_v2_booking_id REGEXP '^[0-9]{1,18}$' AND EXISTS (
            SELECT 1
            FROM appointments AS v2_number
            WHERE v2_number.calcom_booking_id = CAST(a.calcom_v2_booking_id AS UNSIGNED) AND v2_number.id <> a.id AND v2_number.deleted_at IS NULL
        )
        OR a.external_id REGEXP '^[0-9]{1,18}$' AND EXISTS (
            SELECT 1
            FROM appointments AS external_number
            WHERE external_number.calcom_booking_id = CAST(a.external_id AS UNSIGNED) AND external_number.id <> a.id AND external_number.deleted_at IS NULL
        )
        OR a.calcom_v2_booking_uid <> '' AND EXISTS (
            SELECT 1
            FROM appointments AS uid
            WHERE uid.calcom_v2_booking_uid = a.calcom_v2_booking_uid AND uid.id <> a.id AND uid.deleted_at IS NULL
        )
        OR a.calcom_v2_booking_id <> '' AND EXISTS (
            SELECT 1
            FROM appointments AS v2_as_uid
            WHERE v2_as_uid.calcom_v2_booking_uid = a.calcom_v2_booking_id AND v2_as_uid.id <> a.id AND v2_as_uid.deleted_at IS NULL
        )
        OR a.calcom_booking_uid <> '' AND EXISTS (
            SELECT 1
            FROM appointments AS old_uid
            WHERE old_uid.calcom_v2_booking_uid = a.calcom_booking_uid AND old_uid.id <> a.id AND old_uid.deleted_at IS NULL
        )
        OR a.external_id <> '' AND EXISTS (
            SELECT 1
            FROM appointments AS external_uid
            WHERE external_uid.calcom_v2_booking_uid = a.external_id AND external_uid.id <> a.id AND external_uid.deleted_at IS NULL
        )
        OR a.calcom_booking_id IS NOT NULL AND EXISTS (
            SELECT 1
            FROM appointments AS number_as_id
            WHERE number_as_id.calcom_v2_booking_id = CONCAT(a.calcom_booking_id) AND number_as_id.id <> a.id AND number_as_id.deleted_at IS NULL
        )
        OR a.calcom_v2_booking_uid <> '' AND EXISTS (
            SELECT 1
            FROM appointments AS uid_as_id
            WHERE uid_as_id.calcom_v2_booking_id = a.calcom_v2_booking_uid AND uid_as_id.id <> a.id AND uid_as_id.deleted_at IS NULL
        )
        OR a.calcom_booking_uid <> '' AND EXISTS (
            SELECT 1
            FROM appointments AS old_uid_as_id
            WHERE old_uid_as_id.calcom_v2_booking_id = a.calcom_booking_uid AND old_uid_as_id.id <> a.id AND old_uid_as_id.deleted_at IS NULL
        )
        OR a.external_id <> '' AND EXISTS (
            SELECT 1
            FROM appointments AS external_as_id
            WHERE external_as_id.calcom_v2_booking_id = a.external_id AND external_as_id.id <> a.id AND external_as_id.deleted_at IS NULL
        )
    ) IS TRUE AS shares_calcom_id
FROM appointments AS a
LEFT JOIN calls AS call_row ON call_row.id = a.call_id
LEFT JOIN customers AS customer ON customer.id = a.customer_id
LEFT JOIN services AS service ON service.id = a.service_id
LEFT JOIN staff AS member ON member.id = a.staff_id
LEFT JOIN branches AS branch ON branch.id = a.branch_id
WHERE /* scope */ a.deleted_at IS NULL
