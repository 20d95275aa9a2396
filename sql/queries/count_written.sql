-- count_written: what has been written so far; a second run that changes nothing adds nothing to it.
SELECT
    (SELECT COUNT(*) FROM calls) AS calls,
    (SELECT COUNT(*) FROM consistency_corrections) AS corrections,
    (SELECT COUNT(*) FROM data_consistency_alerts) AS findings,
    (SELECT COALESCE(SUM(data_consistency_alerts.reopened), 0) FROM data_consistency_alerts) AS reopened,
    (SELECT COUNT(*) FROM manual_review_queue) AS items,
    (SELECT COUNT(*) FROM consistency_incidents) AS incidents
