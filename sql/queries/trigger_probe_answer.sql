-- trigger_probe_answer: what the trigger of the probe reported; it has written nothing where it is not there.
SELECT
    p.triggers AS triggers,
    p.refused AS refused
FROM consistency_trigger_probe AS p
WHERE p.id = CONNECTION_ID()
