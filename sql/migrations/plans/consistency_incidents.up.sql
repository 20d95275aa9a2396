-- consistency_incidents: a plan belongs to one version of its rule and expires; a company has incidents of its own. What was
-- approved before there were plans names no rows, so that it allows nothing.
UPDATE consistency_incidents
SET status = 'closed'
WHERE status = 'approved';

ALTER TABLE consistency_incidents
DROP KEY consistency_incidents_open,
DROP COLUMN open_key,
MODIFY COLUMN status ENUM('open', 'approved', 'rejected', 'closed', 'applying') NOT NULL DEFAULT 'open',
ADD COLUMN rule_fingerprint CHAR(64) NULL,
ADD COLUMN expires_at DATETIME(6) NULL,
ADD COLUMN applied_by VARCHAR(191) NULL,
ADD COLUMN asked_key VARCHAR(330) COLLATE utf8mb4_bin
GENERATED ALWAYS AS (
    IF(status + 0 = 1, CONCAT(kind, ':', table_name, ':', rule, ':', COALESCE(company_id, 0)), NULL)
) STORED,
ADD UNIQUE KEY consistency_incidents_asked (asked_key);
