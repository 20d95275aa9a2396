-- purge_review_items: decided items beyond their retention.
DELETE FROM manual_review_queue
WHERE
    status IN ('resolved', 'dismissed')
    AND updated_at < :before
LIMIT :batch
