-- forget_calcom_readings: how far a company's calendar had been read, once it is connected no more.
DELETE FROM consistency_calcom_readings
WHERE company_id = :company_id
