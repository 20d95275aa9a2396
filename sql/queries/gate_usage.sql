-- gate_usage: rows that one rule has changed by itself, in a run and since a time; taken back or not.
SELECT
    COALESCE(SUM(IF(run_id = :run_id, changed, 0)), 0) AS in_run,
    COALESCE(SUM(changed), 0) AS lately
FROM consistency_gate_uses
WHERE
    rule = :rule
    AND used_at >= :since
