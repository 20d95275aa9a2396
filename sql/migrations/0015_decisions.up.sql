-- 0015_decisions: what people write beside an item. It is text of people, so it stands apart from the events, which nobody
-- can change, and goes with its item. Items of before become questions or confirmations, and say who decided them.
CREATE TABLE IF NOT EXISTS consistency_notes (
    id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
    item_id BIGINT UNSIGNED NOT NULL,
    written_at DATETIME(6) NOT NULL,
    written_by VARCHAR(100) NOT NULL,
    note VARCHAR(1000) NOT NULL,
    PRIMARY KEY (id),
    KEY consistency_notes_item (item_id, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_unicode_ci;

UPDATE manual_review_queue
SET kind = 'confirmation'
WHERE JSON_UNQUOTE(JSON_EXTRACT(context, '$.why')) = 'corrected';

UPDATE manual_review_queue
SET
    decision = IF(status = 'dismissed', 'dismissed', 'approved'),
    decided_by = assigned_to
WHERE
    decision IS NULL
    AND status IN ('resolved', 'dismissed')
    AND assigned_to IS NOT NULL
    AND resolution_notes <> 'The finding disappeared.'
    AND resolution_notes NOT LIKE 'Taken back by %';
