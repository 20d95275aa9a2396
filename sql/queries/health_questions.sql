-- health_questions: open questions that are not put off and have waited for long, and the oldest.
SELECT
    COUNT(*) AS overdue,
    MIN(q.created_at) AS oldest
FROM manual_review_queue AS q
WHERE
    q.status IN ('pending', 'in_progress')
    AND q.kind = 'question'
    AND q.created_at < :late
    AND (q.snoozed_until IS NULL OR q.snoozed_until <= :now)
