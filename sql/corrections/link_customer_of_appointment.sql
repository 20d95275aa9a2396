-- link_customer_of_appointment: the customer of the call's own appointment, unless somebody else called for this one.
-- table: calls
-- columns: customer_id, customer_link_status, customer_link_method, customer_link_confidence, customer_linked_at
-- when: appointment_knows_customer = 1
SELECT
    c.id AS id,
    IF(COUNT(DISTINCT a.customer_id) = 1, MIN(a.customer_id), NULL) AS customer_id,
    'linked' AS customer_link_status,
    'appointment_link' AS customer_link_method,
    95 AS customer_link_confidence,
    COALESCE(c.customer_linked_at, MIN(a.created_at), :now) AS customer_linked_at,
    'appointment' AS evidence,
    CASE
        WHEN COUNT(DISTINCT a.customer_id) <> 1 THEN 'several_customers_found'
        WHEN MAX(customer.id IS NULL OR customer.deleted_at IS NOT NULL OR customer.company_id <> c.company_id) = 1
            THEN 'customer_gone'
        WHEN MAX(ATTENDEE_OF(a.metadata) <> NAME_KEY(customer.name)) = 1 THEN 'attendee_has_other_name'
        -- the number that can be seen is exactly that of somebody else
        WHEN COALESCE(
            E164(OTHER_NUMBER(c.direction, c.from_number, c.to_number)) <> MAX(COALESCE(E164(customer.phone), '')), 0
        )
            AND EXISTS (
                SELECT 1
                FROM customers AS another
                WHERE another.company_id = c.company_id
                  AND another.deleted_at IS NULL
                  AND E164(another.phone) = E164(OTHER_NUMBER(c.direction, c.from_number, c.to_number))
            ) THEN 'number_is_of_another_customer'
        -- whoever withholds the number is known by name alone
        WHEN IS_SUPPRESSED(OTHER_NUMBER(c.direction, c.from_number, c.to_number))
            AND NOT NAME_IS_NONE(c.customer_name)
            AND MAX(NAME_KEY(c.customer_name) <> NAME_KEY(customer.name)) = 1 THEN 'caller_has_other_name'
    END AS refusal,
    0 AS review,
    CONCAT('[', COALESCE(GROUP_CONCAT(DISTINCT a.id ORDER BY a.id), ''), ']') AS candidates
FROM calls AS c
INNER JOIN appointments AS a
    ON a.call_id = c.id
    AND a.company_id = c.company_id
    AND a.customer_id IS NOT NULL
    AND a.deleted_at IS NULL
    AND NOT IS_VOID(a.status)
LEFT JOIN customers AS customer ON customer.id = a.customer_id
WHERE c.id IN :ids
GROUP BY c.id
