-- channel_failed: a channel lets nothing through, and is left alone for a while.
INSERT INTO consistency_channels (name, failing_since, attempts, due_at, last_error)
VALUES (:name, :now, 1, :due, :error)
ON DUPLICATE KEY UPDATE
    attempts = attempts + 1,
    due_at = VALUES(due_at),
    last_error = VALUES(last_error)
