-- HAS_EVIDENCE(call_id): whether an appointment proves the booking of a call; of a cancelled one it is known that it existed.
SELECT
    EXISTS (
        SELECT 1
        FROM appointments AS a
        WHERE a.call_id = :call_id AND a.deleted_at IS NULL AND NOT WAS_NEVER_BOOKED(a.status)
    )
