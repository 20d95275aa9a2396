-- reopen_undone: findings whose correction has been taken back are open again.
UPDATE data_consistency_alerts
SET
    status = 'open',
    auto_corrected = 0,
    corrected_at = NULL,
    reopened = reopened + 1,
    updated_at = :now,
    resolution_notes = :notes
WHERE id IN :ids
