-- health_untold: critical findings and incidents that no message has named though there was time to.
SELECT
    (
        SELECT COUNT(*)
        FROM data_consistency_alerts AS f
        WHERE
            f.severity = 'critical'
            AND f.status IN ('open', 'in_review')
            AND f.notified_at IS NULL
            AND f.detected_at < :late
    ) AS findings,
    (
        SELECT COUNT(*)
        FROM consistency_incidents AS i
        WHERE
            i.status = 'open'
            AND i.notified_at IS NULL
            AND i.opened_at < :late
    ) AS incidents
