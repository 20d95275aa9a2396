-- gate_usage: rows that one rule has changed by itself, in a run and since a time; taken back or not.
SELECT
    COALESCE(SUM(run_id = :run_id), 0) AS in_run,
    COUNT(*) AS lately
FROM consistency_corrections
WHERE
    rule = :rule
    AND authority = 'automatic'
    AND applied_at >= :since
