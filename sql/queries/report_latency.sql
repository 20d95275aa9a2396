-- report_latency: seconds between the last change of a row and the finding of its fault, for findings of the period.
SELECT TIMESTAMPDIFF(SECOND, row_changed_at, detected_at) AS seconds, COUNT(*) AS findings
FROM data_consistency_alerts
WHERE
    detected_at >= :start
    AND detected_at < :end
    AND rule_fingerprint IS NOT NULL
    AND row_changed_at <= detected_at
GROUP BY seconds
ORDER BY seconds
