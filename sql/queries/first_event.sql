-- first_event: since when everything has its event.
SELECT MIN(occurred_at)
FROM consistency_events
