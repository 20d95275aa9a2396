-- health_kept: whether rows are left that maintenance should have deleted.
SELECT
    EXISTS (
        SELECT 1
        FROM consistency_outbox AS m
        WHERE m.status = 'sent' AND m.sent_at < :messages
    ) AS messages,
    EXISTS (
        SELECT 1
        FROM consistency_rule_results AS v
        WHERE v.evaluated_at < :verdicts
    ) AS verdicts,
    EXISTS (
        SELECT 1
        FROM consistency_breaker_permits AS p
        WHERE p.settled_at < :permits
    ) AS permits
