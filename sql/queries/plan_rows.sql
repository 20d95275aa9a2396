-- plan_rows: the plan of an incident and what became of each row.
SELECT
    id, entity_id, company_id, before_values, after_values, evidence, refusal, outcome, why
FROM consistency_plan_rows
WHERE incident_id = :incident_id
ORDER BY entity_id
