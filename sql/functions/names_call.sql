-- NAMES_CALL(name, retell_call_id, call_id): whether a name that stands in a booking of the calendar is this call's. Names
-- are stored in one spelling (identity/calls.py): the provider's id in small letters, or our own number.
SELECT (:name IN (LOWER(TRIM(:retell_call_id)) COLLATE utf8mb4_bin, CONCAT(:call_id) COLLATE utf8mb4_bin))
