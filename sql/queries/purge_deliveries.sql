-- purge_deliveries: settled deliveries beyond their retention; those of a message go before it.
DELETE FROM consistency_deliveries
WHERE settled_at < :before
LIMIT :batch
