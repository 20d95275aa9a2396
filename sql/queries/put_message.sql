-- put_message: one message a key, however often it is put.
INSERT INTO consistency_outbox (dedupe_key, kind, severity, subject, body, status, attempts, created_at)
VALUES (:dedupe_key, :kind, :severity, :subject, :body, 'pending', 0, :now)
ON DUPLICATE KEY UPDATE dedupe_key = VALUES(dedupe_key)
