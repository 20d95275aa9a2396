-- miss_calcom_booking: a booking was not there when it was looked up; the first time counts.
INSERT INTO consistency_calcom_absences (company_id, calcom_uid, missed_at)
VALUES (:company_id, :calcom_uid, :now)
ON DUPLICATE KEY UPDATE
    missed_at = missed_at
