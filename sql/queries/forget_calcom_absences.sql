-- forget_calcom_absences: what a complete reading has settled waits no more.
DELETE FROM consistency_calcom_absences
WHERE company_id = :company_id
