-- manual_review_queue: as it was before.
ALTER TABLE manual_review_queue
DROP KEY manual_review_queue_urgency,
DROP COLUMN open_kind,
DROP COLUMN due_at;
