-- hints_to_forget: messages that would be refused as too old by now.
DELETE FROM consistency_hints
WHERE done_at < UTC_TIMESTAMP(6) - INTERVAL :seconds SECOND
LIMIT :batch
