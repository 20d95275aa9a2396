-- report_tides: by how much the open findings of each company grew in each quarter of an hour; days are made of it where
-- people live, and how many were open on a day by counting back from now.
SELECT
    e.company_id,
    TIMESTAMPDIFF(MINUTE, :since, e.occurred_at) DIV 15 AS quarter,
    SUM(
        (e.state_to IN ('open', 'in_review'))
        - (COALESCE(e.state_from, 'resolved') IN ('open', 'in_review'))
    ) AS growth
FROM consistency_events AS e
WHERE
    e.occurred_at >= :since
    AND e.occurred_at < :until
    AND e.kind = 'finding'
GROUP BY e.company_id, quarter
HAVING growth <> 0
ORDER BY quarter
