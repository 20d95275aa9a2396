-- numbers_of_calcom_bookings: which bookings of a company have some numbers already.
SELECT
    b.calcom_id,
    b.calcom_uid
FROM consistency_calcom_bookings AS b
WHERE
    b.company_id = :company_id
    AND b.calcom_id IN :ids
