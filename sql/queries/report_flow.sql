-- report_flow: what happened to findings in the period, per rule and company, by the history that nobody rewrites: how many
-- came to be wrong, and how many were settled. One that was taken back is open again, and not found anew.
SELECT
    e.rule,
    e.company_id,
    COUNT(DISTINCT IF(
        e.state_to IN ('open', 'in_review')
        AND e.detail IS NULL
        AND COALESCE(e.state_from, 'parked') IN ('parked', 'corrected', 'resolved'),
        e.entity_id,
        NULL
    )) AS found,
    COUNT(DISTINCT IF(
        e.state_to IN ('corrected', 'resolved', 'accepted', 'dismissed')
        AND COALESCE(e.state_from, 'open') IN ('open', 'in_review'),
        e.entity_id,
        NULL
    )) AS fixed
FROM consistency_events AS e
WHERE
    e.occurred_at >= :start
    AND e.occurred_at < :end
    AND e.kind = 'finding'
    AND e.rule IS NOT NULL
    AND e.rule_fingerprint IS NOT NULL
GROUP BY e.rule, e.company_id
