-- insert_plan_row: one row of what an incident asks leave for.
INSERT INTO consistency_plan_rows (
    incident_id, table_name, entity_id, company_id, before_values, after_values, evidence, refusal
)
VALUES (:incident_id, :table_name, :entity_id, :company_id, :before_values, :after_values, :evidence, :refusal)
