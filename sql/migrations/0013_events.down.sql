-- 0013_events: take both tables away again; what a person has ended is resolved to those who know no other word for it.
UPDATE data_consistency_alerts
SET status = 'resolved'
WHERE status IN ('accepted', 'dismissed');

ALTER TABLE data_consistency_alerts
MODIFY COLUMN status ENUM('open', 'in_review', 'corrected', 'resolved', 'parked') NOT NULL DEFAULT 'open';

DROP TABLE IF EXISTS consistency_undos;

DROP TABLE IF EXISTS consistency_events;
