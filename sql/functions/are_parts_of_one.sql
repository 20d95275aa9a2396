-- ARE_PARTS_OF_ONE(group_uid, id, parent, other_group_uid, other_id, other_parent): two rows of one composite booking.
SELECT
    (
        COALESCE(:group_uid = :other_group_uid, 0)
        OR COALESCE(:parent = :other_id, 0)
        OR COALESCE(:other_parent = :id, 0)
        OR COALESCE(:parent = :other_parent, 0)
    )
