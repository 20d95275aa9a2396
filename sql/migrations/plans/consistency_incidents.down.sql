-- consistency_incidents: without plans again; of several open incidents of one rule the oldest stays open.
UPDATE consistency_incidents
SET status = 'closed'
WHERE status = 'applying';

UPDATE consistency_incidents AS i
INNER JOIN (
    SELECT kind, table_name, rule, MIN(id) AS id
    FROM consistency_incidents
    WHERE status = 'open'
    GROUP BY kind, table_name, rule
) AS oldest
    ON
        i.kind = oldest.kind
        AND i.table_name = oldest.table_name
        AND i.rule = oldest.rule
SET i.status = 'closed'
WHERE
    i.status = 'open'
    AND i.id <> oldest.id;

ALTER TABLE consistency_incidents
DROP KEY consistency_incidents_asked,
DROP COLUMN asked_key,
DROP COLUMN rule_fingerprint,
DROP COLUMN expires_at,
DROP COLUMN applied_by,
MODIFY COLUMN status ENUM('open', 'approved', 'rejected', 'closed') NOT NULL DEFAULT 'open',
ADD COLUMN open_key VARCHAR(300) COLLATE utf8mb4_bin
GENERATED ALWAYS AS (IF(status + 0 = 1, CONCAT(kind, ':', table_name, ':', rule), NULL)) STORED,
ADD UNIQUE KEY consistency_incidents_open (open_key);
