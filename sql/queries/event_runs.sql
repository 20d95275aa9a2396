-- event_runs: every run that has events.
SELECT DISTINCT run_id
FROM consistency_events
ORDER BY run_id
