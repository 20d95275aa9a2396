-- purge_rule_results: verdicts beyond their retention.
DELETE FROM consistency_rule_results
WHERE
    evaluated_at < :before
LIMIT :batch
