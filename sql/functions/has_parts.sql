-- HAS_PARTS(id): whether rows of their own say when this appointment needs its staff.
SELECT
    EXISTS (
        SELECT 1
        FROM appointments AS whole
        INNER JOIN appointments AS part
            ON part.customer_id >= whole.customer_id
            AND part.customer_id <= whole.customer_id
            AND part.starts_at >= whole.starts_at
            AND part.starts_at < whole.ends_at
        WHERE whole.id = :id
          AND part.parent_appointment_id = :id
          AND part.deleted_at IS NULL
          AND NOT IS_VOID(part.status)
    )
