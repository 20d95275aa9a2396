-- health_hints: hints that should have been looked at, and since when the oldest waits.
SELECT
    COUNT(*) AS overdue,
    MIN(h.due_at) AS oldest
FROM consistency_hints AS h
WHERE
    h.done_at IS NULL
    AND h.due_at < :late
