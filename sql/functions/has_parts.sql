-- HAS_PARTS(id, customer, starts_at, ends_at): whether rows of their own say when this appointment needs its staff; they are the
-- same customer's and begin within it.
SELECT
    IF(
        IS_LONG(:starts_at, :ends_at),
        EXISTS (
            SELECT 1
            FROM appointments AS part_of_long
            WHERE part_of_long.customer_id = :customer
              AND part_of_long.starts_at >= :starts_at
              AND part_of_long.starts_at < :ends_at
              AND part_of_long.parent_appointment_id = :id
              AND part_of_long.deleted_at IS NULL
              AND NOT IS_VOID(part_of_long.status)
        ),
        EXISTS (
            SELECT 1
            FROM (SELECT 0 AS step UNION ALL SELECT 1) AS near_part
            INNER JOIN appointments AS part ON part.consistency_slot = SLOT(:starts_at) + near_part.step
            WHERE part.customer_id = IF(near_part.step IS NULL, 0, :customer)
              AND part.starts_at >= :starts_at
              AND part.starts_at < :ends_at
              AND part.parent_appointment_id = :id
              AND part.deleted_at IS NULL
              AND NOT IS_VOID(part.status)
        )
    )
