-- history_decisions: what people decided about rows of a rule since a time, oldest first; what a run settled is none.
SELECT
    entity_id,
    IF(status = 'dismissed', 'dismissed', 'approved') AS decision,
    resolved_at AS decided_at
FROM manual_review_queue
WHERE
    reason = :rule
    AND entity_type = :entity
    AND resolved_at >= :since
    AND (
        status = 'dismissed'
        OR (
            status = 'resolved'
            AND assigned_to IS NOT NULL
            AND resolution_notes <> 'The finding disappeared.'
            AND resolution_notes NOT LIKE 'Taken back by %'
        )
    )
UNION ALL
SELECT
    entity_id,
    'undone' AS decision,
    undone_at AS decided_at
FROM consistency_corrections
WHERE
    rule = :rule
    AND undone_at >= :since
ORDER BY decided_at
