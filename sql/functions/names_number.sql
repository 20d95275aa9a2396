-- NAMES_NUMBER(number, id, company_id): whether another live appointment of the company has this number as the booking it
-- stands for, in any column: elsewhere it is another server's. One search a column, as a list of them could use no key; and
-- IF, so that the company, which all of its appointments share, is not taken for one.
SELECT
    (
        EXISTS (
            SELECT 1
            FROM appointments AS of_number
            WHERE of_number.calcom_booking_id = :number AND of_number.id <> :id AND of_number.deleted_at IS NULL
              AND IF(TRUE, of_number.company_id, 0) = :company_id
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS of_number_as_id
            WHERE of_number_as_id.calcom_v2_booking_id = CONCAT(:number)
              AND of_number_as_id.id <> :id
              AND of_number_as_id.deleted_at IS NULL
              AND IF(TRUE, of_number_as_id.company_id, 0) = :company_id
        )
        OR EXISTS (
            SELECT 1
            FROM appointments AS of_number_outside
            WHERE of_number_outside.consistency_external_id = CONCAT(:number)
              AND of_number_outside.id <> :id
              AND of_number_outside.deleted_at IS NULL
              AND IF(TRUE, of_number_outside.company_id, 0) = :company_id
        )
    )
