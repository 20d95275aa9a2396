-- manual_review_queue: as it was before.
ALTER TABLE manual_review_queue
DROP KEY manual_review_queue_assignee,
DROP KEY manual_review_queue_row,
DROP KEY manual_review_queue_rule;
