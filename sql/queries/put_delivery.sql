-- put_delivery: one delivery a message, channel and recipient, however often it is put.
INSERT INTO consistency_deliveries (message_id, channel, recipient, status, due_at, last_error, created_at)
VALUES (:message_id, :channel, :recipient, :status, :now, :error, :now)
ON DUPLICATE KEY UPDATE message_id = VALUES(message_id)
