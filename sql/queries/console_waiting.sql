-- console_waiting: what people are asked, by who works on it and whether it presses; read from open items alone.
SELECT
    i.assigned_to,
    i.open_kind,
    COUNT(*) AS items,
    COALESCE(SUM(i.due_at BETWEEN :now AND :soon), 0) AS pressing
FROM manual_review_queue AS i
WHERE
    i.open_kind IN (1, 2)
    AND (i.snoozed_until IS NULL OR i.snoozed_until <= :now)
GROUP BY i.open_kind, i.assigned_to
