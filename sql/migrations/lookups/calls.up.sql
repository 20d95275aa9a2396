-- calls: an invisible, computed eight-hour slot of the beginning, and the way by it to a company's calls of that time.
-- How a slot is computed depends on the type of its time, so that it never depends on a session's zone.
ALTER TABLE calls
ADD COLUMN consistency_slot INT GENERATED ALWAYS AS (SLOT(created_at)) VIRTUAL INVISIBLE;

ALTER TABLE calls
ADD INDEX consistency_slot_index (company_id, consistency_slot);
