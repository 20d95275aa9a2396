-- Facts of customers: what the rules of expectations/customers.json read, one row per customer that is not soft-deleted.
-- entity: customer, id: u.id, company: u.company_id
-- A number is compared as the computed column has it; the stored one is never rewritten.
SELECT
    u.id AS id,
    u.company_id AS company_id,
    GREATEST(COALESCE(u.created_at, u.consistency_changed_at), u.consistency_changed_at) AS row_changed_at,
    COALESCE(u.email, '-') = '' AS email_is_empty,
    COALESCE(IS_PLACEHOLDER_EMAIL(u.email), 0) AS email_is_placeholder,
    company.id IS NOT NULL AND company.deleted_at IS NULL AS company_exists,
    NAME_IS_NONE(u.name) AS name_is_none,
    LOWER(u.name) LIKE 'unbekannt%' AS is_unknown,
    COALESCE(u.created_at, u.updated_at) AS known_since,
    (u.phone IS NULL OR IS_SUPPRESSED(u.phone) OR u.phone REGEXP '^\\+[1-9][0-9]{6,14}$') AS phone_is_in_full,
    IF(
        u.consistency_phone IS NULL,
        0,
        EXISTS (
            SELECT 1
            FROM customers AS twin
            WHERE twin.company_id = u.company_id
              AND twin.consistency_phone = u.consistency_phone
              AND twin.id <> u.id
              AND twin.deleted_at IS NULL
        )
    ) AS shares_phone,
    -- Who can be reached neither by telephone nor by mail cannot be told of a change.
    IF(
        COALESCE(IS_DIALABLE(u.phone), 0) OR (COALESCE(u.email, '') <> '' AND NOT IS_PLACEHOLDER_EMAIL(u.email)),
        0,
        EXISTS (
            SELECT 1
            FROM appointments AS coming
            WHERE coming.customer_id = u.id
              AND coming.starts_at > :now
              AND coming.deleted_at IS NULL
              AND NOT IS_VOID(coming.status)
              AND NOT IS_FULFILLED(coming.status)
        )
    ) AS is_awaited_without_contact
FROM customers AS u
LEFT JOIN companies AS company ON company.id = u.company_id
WHERE /* scope */ u.deleted_at IS NULL
