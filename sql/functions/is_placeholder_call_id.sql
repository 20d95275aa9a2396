-- IS_PLACEHOLDER_CALL_ID(retell_call_id): stands for a call whose real id is not known yet, or was invented by the agent.
SELECT
    (
        :retell_call_id LIKE 'temp\_%'
        OR :retell_call_id IN ('call_1', 'call_001', 'dummy_call_id', 'None', 'current', 'current_call')
    )
