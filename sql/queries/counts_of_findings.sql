-- counts_of_findings: rows of a rule in some companies: wrong, newly wrong, put right since a time. 0: without a company.
SELECT
    COALESCE(SUM(status IN ('open', 'in_review')), 0) AS open_rows,
    COALESCE(SUM(status IN ('open', 'in_review') AND detected_at > :known_at), 0) AS new_rows,
    COALESCE(SUM(status IN ('corrected', 'resolved') AND updated_at >= :since), 0) AS fixed,
    COALESCE(SUM(status = 'corrected' AND updated_at >= :since), 0) AS corrected,
    COUNT(DISTINCT IF(status IN ('open', 'in_review'), company_id, NULL)) AS companies
FROM data_consistency_alerts
WHERE
    alert_type = :rule
    AND COALESCE(company_id, 0) IN :companies
    AND (
        status IN ('open', 'in_review')
        OR updated_at >= :since
    )
