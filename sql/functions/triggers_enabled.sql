-- TRIGGERS_ENABLED(): whether an operator has not switched the triggers off for everybody.
SELECT
    COALESCE((
        SELECT s.value <> 'false'
        FROM consistency_settings AS s
        WHERE s.name = 'triggers_enabled'
    ), 1)
