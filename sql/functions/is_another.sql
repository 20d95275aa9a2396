-- IS_ANOTHER(mine, other): whether a row is there, is still to happen and is of another booking; both are names of rows of
-- appointments.
SELECT
    (
        :other.id <> :mine.id
        AND :other.deleted_at IS NULL
        AND IS_ACTIVE(:other.status)
        AND NOT ARE_PARTS_OF_ONE(
            :mine.composite_group_uid, :mine.id, :mine.parent_appointment_id,
            :other.composite_group_uid, :other.id, :other.parent_appointment_id
        )
    )
