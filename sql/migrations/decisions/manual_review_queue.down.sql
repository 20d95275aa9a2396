-- manual_review_queue: as it was before.
ALTER TABLE manual_review_queue
DROP COLUMN kind,
DROP COLUMN before_values,
DROP COLUMN rule_fingerprint,
DROP COLUMN snoozed_until,
DROP COLUMN decision,
DROP COLUMN decision_reason,
DROP COLUMN decided_by,
DROP COLUMN decision_run_id;
