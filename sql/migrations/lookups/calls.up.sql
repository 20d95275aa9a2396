-- calls: an invisible, computed eight-hour slot of the beginning, and the way by it to a company's calls of that time.
ALTER TABLE calls
ADD COLUMN consistency_slot INT GENERATED ALWAYS AS (UNIX_TIMESTAMP(created_at) DIV 28800) VIRTUAL INVISIBLE,
ADD INDEX consistency_slot_index (company_id, consistency_slot);
