-- TAKES_STAFF(mine, other): whether another row needs its staff while mine lasts; both are names of rows of appointments.
-- In this order: what is dear is asked of what overlaps alone.
SELECT
    (
        CASE
            WHEN NOT COALESCE(:other.ends_at > :mine.starts_at, 0) OR :other.id = :mine.id OR :other.deleted_at IS NOT NULL THEN 0
            WHEN NOT IS_ACTIVE(:other.status) THEN 0
            WHEN ARE_PARTS_OF_ONE(
                :mine.composite_group_uid, :mine.id, :mine.parent_appointment_id,
                :other.composite_group_uid, :other.id, :other.parent_appointment_id
            ) THEN 0
            WHEN NOT PHASES_COLLIDE(:mine.id, :mine.starts_at, :mine.ends_at, :other.id, :other.starts_at, :other.ends_at) THEN 0
            -- guests of one course
            WHEN ARE_SEATS_OF_ONE(:mine, :other) THEN 0
            -- what consists of further rows needs its staff there
            ELSE NOT HAS_PARTS(:other.id, :other.customer_id, :other.starts_at, :other.ends_at)
        END
    )
