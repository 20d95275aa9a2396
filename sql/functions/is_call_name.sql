-- IS_CALL_NAME(name): whether such a name can be told apart from others: a placeholder, or a text that is no id, may be
-- anybody's.
SELECT
    COALESCE(
        :name COLLATE utf8mb4_bin REGEXP '^[0-9a-z][0-9a-z_.:-]*$'
        AND :name NOT LIKE 'temp\_%'
        AND :name COLLATE utf8mb4_bin NOT IN (
            'call_1', 'call_001', 'dummy_call_id', 'none', 'null', 'undefined', 'unknown', 'current', 'current_call', 'test'
        ),
        0
    )
