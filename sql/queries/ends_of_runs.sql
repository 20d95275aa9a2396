-- ends_of_runs: hashes of the ends of some runs; a checkpoint names them, because later runs do.
SELECT hash
FROM consistency_events
WHERE
    run_id IN :names
    AND kind = 'run'
    AND links IS NOT NULL
ORDER BY id
