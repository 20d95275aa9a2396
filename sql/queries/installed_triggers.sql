-- installed_triggers: every trigger of the schema, as the server keeps it.
SELECT
    t.trigger_name AS name,
    t.action_statement AS body,
    t.action_order AS position
FROM information_schema.triggers AS t
WHERE t.trigger_schema = DATABASE()
ORDER BY t.trigger_name
