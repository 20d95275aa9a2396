-- mark_in_review: findings that are now a person's.
UPDATE data_consistency_alerts
SET
    status = 'in_review',
    updated_at = :now
WHERE id IN :ids
