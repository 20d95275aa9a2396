-- forget_heartbeats_of_calcom: a company's calendar reports no more; the source of all only while another one does.
DELETE FROM consistency_heartbeats
WHERE
    name = CONCAT('calcom:', :company_id)
    OR (name = 'calcom' AND NOT EXISTS (SELECT 1 FROM consistency_calcom_readings))
