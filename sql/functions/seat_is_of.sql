-- SEAT_IS_OF(calls, retell_call_id, call_id): whether a call took one of the seats of a booking that several share.
SELECT
    (
        COALESCE(FIND_IN_SET(LOWER(TRIM(:retell_call_id)) COLLATE utf8mb4_bin, :calls), 0) > 0
        OR COALESCE(FIND_IN_SET(CONCAT(:call_id) COLLATE utf8mb4_bin, :calls), 0) > 0
    )
