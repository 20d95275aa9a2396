-- installed_triggers: every trigger of the schema that the account may see, as the server keeps it.
SELECT
    t.trigger_name AS name,
    t.action_statement AS body,
    t.action_order AS position,
    t.definer AS definer,
    t.event_object_table AS table_name,
    t.action_timing AS timing,
    t.event_manipulation AS event
FROM information_schema.triggers AS t
WHERE t.trigger_schema = DATABASE()
ORDER BY t.trigger_name
