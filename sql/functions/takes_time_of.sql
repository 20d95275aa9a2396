-- TAKES_TIME_OF(mine, starts_at, ends_at, other): whether another appointment stands in the way of moving mine to a time; mine
-- and other are names of rows of appointments. Stricter than the rules about overlaps: what may be legal, a person looks at.
SELECT
    (
        :other.id <> :mine.id
        AND :other.deleted_at IS NULL
        AND IS_ACTIVE(:other.status)
        AND :other.starts_at < :ends_at
        AND :other.ends_at > :starts_at
        AND (
            COALESCE(:other.staff_id = :mine.staff_id, 0)
            OR COALESCE(:other.customer_id = :mine.customer_id, 0)
            OR :mine.staff_id IS NULL
            AND :other.staff_id IS NULL
            AND COALESCE(:other.branch_id = :mine.branch_id, 0)
        )
    )
