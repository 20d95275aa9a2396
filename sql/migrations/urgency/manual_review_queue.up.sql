-- manual_review_queue: when an item presses, and one way through the open ones in the order in which they press. The index
-- holds all that a page of the list is chosen by, so that a hundred thousand items are never read to show fifty.
ALTER TABLE manual_review_queue
ADD COLUMN due_at DATETIME(6) NOT NULL DEFAULT '9999-12-31 00:00:00',
ADD COLUMN open_kind TINYINT UNSIGNED GENERATED ALWAYS AS (IF(status + 0 <= 2, kind + 0, 0)) STORED,
ADD KEY manual_review_queue_urgency (
    open_kind, due_at, priority, created_at, id, company_id, reason, status, assigned_to, snoozed_until, entity_id
);
