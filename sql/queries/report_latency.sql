-- report_latency: seconds between the last change of a row and the finding of its fault, for findings of the period; NULL:
-- the row was changed before its rule was judged for the first time, or nobody knows when.
SELECT
    IF(f.row_changed_at >= w.since, TIMESTAMPDIFF(SECOND, f.row_changed_at, f.detected_at), NULL) AS seconds,
    COUNT(*) AS findings
FROM data_consistency_alerts AS f
LEFT JOIN (
    SELECT rule, MIN(evaluated_at) AS since
    FROM consistency_rule_results
    GROUP BY rule
) AS w ON f.alert_type = w.rule
WHERE
    f.detected_at >= :start
    AND f.detected_at < :end
    AND f.rule_fingerprint IS NOT NULL
    AND (f.row_changed_at IS NULL OR f.row_changed_at <= f.detected_at)
GROUP BY seconds
ORDER BY seconds
