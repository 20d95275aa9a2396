-- 0019_deliveries: take both tables away again; messages that wait stay in the outbox.
DROP TABLE IF EXISTS consistency_channels;

DROP TABLE IF EXISTS consistency_deliveries;
