-- tell_findings: a message that names these findings has reached somebody. 0: without a company.
UPDATE data_consistency_alerts
SET notified_at = :now
WHERE
    alert_type = :rule
    AND notified_at IS NULL
    AND detected_at <= :seen_at
    AND COALESCE(company_id, 0) IN :companies
    AND (
        status IN ('open', 'in_review')
        OR updated_at >= :seen_at
    )
