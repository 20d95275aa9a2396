-- calcom_readings_begun: since when somebody tries to read a calendar.
SELECT MIN(created_at) AS since
FROM consistency_calcom_readings
