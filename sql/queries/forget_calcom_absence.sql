-- forget_calcom_absence: a booking is there again, or known to be gone.
DELETE FROM consistency_calcom_absences
WHERE
    company_id = :company_id
    AND calcom_uid = :calcom_uid
