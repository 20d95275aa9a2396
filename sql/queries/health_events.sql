-- health_events: about how many events there are, without counting them, and when the oldest was.
SELECT
    (
        SELECT COALESCE(MAX(e.id) - MIN(e.id) + 1, 0)
        FROM consistency_events AS e
    ) AS span,
    (
        SELECT MIN(e.occurred_at)
        FROM consistency_events AS e
    ) AS oldest
