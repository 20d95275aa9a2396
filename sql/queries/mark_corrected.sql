-- mark_corrected: findings that an audited change has put right.
UPDATE data_consistency_alerts
SET
    status = 'corrected',
    auto_corrected = 1,
    corrected_at = :now,
    resolved_at = NULL,
    updated_at = :now,
    resolution_notes = :notes
WHERE id IN :ids
