-- report_review: the review queue now, and what happened to it in the period.
SELECT
    COALESCE(SUM(status = 'pending'), 0) AS pending,
    COALESCE(SUM(status = 'in_progress'), 0) AS in_progress,
    MIN(IF(status IN ('pending', 'in_progress'), created_at, NULL)) AS oldest,
    COALESCE(SUM(created_at >= :start AND created_at < :end), 0) AS opened,
    COALESCE(SUM(status IN ('resolved', 'dismissed') AND resolved_at >= :start AND resolved_at < :end), 0) AS decided
FROM manual_review_queue
WHERE kind = 'question'
