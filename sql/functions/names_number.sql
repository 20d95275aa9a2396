-- NAMES_NUMBER(number, id): whether another live appointment has this number as the booking it stands for, in any column. One
-- search a column: a list of them could use no key.
SELECT
    (
        EXISTS (
            SELECT 1
            FROM appointments AS of_number
            WHERE of_number.calcom_booking_id = :number AND of_number.id <> :id AND of_number.deleted_at IS NULL
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS of_number_as_id
            WHERE of_number_as_id.calcom_v2_booking_id = CONCAT(:number)
              AND of_number_as_id.id <> :id
              AND of_number_as_id.deleted_at IS NULL
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS of_number_outside
            WHERE of_number_outside.consistency_external_id = CONCAT(:number)
              AND of_number_outside.id <> :id
              AND of_number_outside.deleted_at IS NULL
        )
    )
