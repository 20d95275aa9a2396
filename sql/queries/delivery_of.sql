-- delivery_of: one delivery.
SELECT
    id, message_id, channel, recipient, status
FROM consistency_deliveries
WHERE id = :delivery_id
