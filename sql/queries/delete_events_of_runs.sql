-- delete_events_of_runs: events beyond their retention, whole runs at a time.
DELETE FROM consistency_events
WHERE run_id IN :names
