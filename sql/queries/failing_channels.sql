-- failing_channels: channels that let nothing through, and since when.
SELECT
    name, failing_since, attempts, due_at, last_error
FROM consistency_channels
ORDER BY name
