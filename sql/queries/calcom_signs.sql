-- calcom_signs: since when somebody tries to read each company's calendar, and how far it has been read.
SELECT
    company_id,
    MIN(created_at) AS begun,
    MAX(IF(kind = 'changes', completed_at, NULL)) AS changes,
    MAX(IF(kind = 'horizon', completed_at, NULL)) AS horizon
FROM consistency_calcom_readings
GROUP BY company_id
ORDER BY company_id
