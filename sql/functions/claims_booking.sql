-- CLAIMS_BOOKING(flag, outcome): whether a call says that it ended in a booking.
SELECT (COALESCE(:flag, 0) = 1 OR IS_BOOKED_OUTCOME(:outcome COLLATE utf8mb4_bin))
