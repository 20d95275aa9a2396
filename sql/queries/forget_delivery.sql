-- forget_delivery: a message that could not be read is read anew.
DELETE FROM consistency_deliveries
WHERE id = :delivery_id
