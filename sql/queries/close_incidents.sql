-- close_incidents: an approval that is used up, or an incident whose cause is gone.
UPDATE consistency_incidents
SET
    status = 'closed',
    last_seen_at = :now
WHERE
    kind = :kind
    AND table_name = :table_name
    AND rule = :rule
    AND status IN :statuses
