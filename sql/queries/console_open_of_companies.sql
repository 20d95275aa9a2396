-- console_open_of_companies: the same by company; NULL: rows of no company.
SELECT
    f.company_id,
    COUNT(*) AS findings
FROM data_consistency_alerts AS f FORCE INDEX (data_consistency_alerts_company)
WHERE
    (f.company_id IN :companies OR f.company_id IS NULL)
    AND f.status IN ('open', 'in_review')
GROUP BY f.company_id
