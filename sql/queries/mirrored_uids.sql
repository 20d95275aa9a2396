-- mirrored_uids: of some bookings those that a company's mirror knows.
SELECT calcom_uid
FROM consistency_calcom_bookings
WHERE
    company_id = :company_id
    AND calcom_uid IN :uids
