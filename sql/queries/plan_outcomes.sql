-- plan_outcomes: what became of the rows of a plan, counted.
SELECT
    outcome,
    why,
    COUNT(*) AS found
FROM consistency_plan_rows
WHERE incident_id = :incident_id
GROUP BY outcome, why
ORDER BY outcome, why
