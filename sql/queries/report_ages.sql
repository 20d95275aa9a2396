-- report_ages: how long findings have been open, in hours, and which of them began before the period.
SELECT
    TIMESTAMPDIFF(HOUR, f.detected_at, :now) AS hours,
    COUNT(*) AS findings,
    SUM(f.detected_at < :start) AS ongoing
FROM data_consistency_alerts AS f FORCE INDEX (data_consistency_alerts_status)
WHERE f.status IN ('open', 'in_review')
GROUP BY hours
ORDER BY hours
