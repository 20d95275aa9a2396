-- plan_rows_left: the next rows of a plan that nothing has been done about.
SELECT
    id, entity_id, company_id, before_values, after_values, evidence, refusal, outcome, why
FROM consistency_plan_rows
WHERE
    incident_id = :incident_id
    AND outcome IS NULL
ORDER BY entity_id
LIMIT :batch
