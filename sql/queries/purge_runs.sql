-- purge_runs: ended runs beyond their retention.
DELETE FROM consistency_runs
WHERE
    finished_at < :before
LIMIT :batch
