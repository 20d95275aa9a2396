-- newest_event: who began a run, and the hash that the next event of its chain carries on; no lock, a chain may fork.
SELECT
    (
        SELECT r.actor
        FROM consistency_runs AS r
        WHERE r.id = :run_id
    ) AS actor,
    (
        SELECT e.hash
        FROM consistency_events AS e
        WHERE e.run_id = :run_id
        ORDER BY e.id DESC
        LIMIT 1
    ) AS hash
