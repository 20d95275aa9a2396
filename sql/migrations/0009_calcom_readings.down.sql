-- 0009_calcom_readings: take both tables away again.
DROP TABLE IF EXISTS consistency_calcom_absences;

DROP TABLE IF EXISTS consistency_calcom_readings;
