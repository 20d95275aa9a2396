-- history_decisions: what people decided about rows of a rule since a time, oldest first; what a run settled is none.
-- Who mended the row by hand agrees with the rule; that it is known or a duplicate says nothing about it.
SELECT
    entity_id,
    IF(
        decision IN ('dismissed', 'accepted') AND COALESCE(decision_reason, '') <> 'mended_by_hand', 'dismissed', 'approved'
    ) AS verdict,
    resolved_at AS decided_at
FROM manual_review_queue
WHERE
    reason = :rule
    AND entity_type = :entity
    AND resolved_at >= :since
    AND decision IN ('approved', 'edited', 'confirmed', 'dismissed', 'accepted')
    AND COALESCE(decision_reason, '') NOT IN ('known', 'duplicate')
UNION ALL
SELECT
    c.entity_id,
    'undone' AS verdict,
    u.undone_at AS decided_at
FROM consistency_undos AS u
INNER JOIN consistency_corrections AS c ON u.correction_id = c.id
WHERE
    c.rule = :rule
    AND u.undone_at >= :since
ORDER BY decided_at
