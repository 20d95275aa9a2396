-- settings: what operators have set in the database.
SELECT
    s.name AS name,
    s.value AS value
FROM consistency_settings AS s
