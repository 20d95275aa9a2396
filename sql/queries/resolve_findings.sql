-- resolve_findings: findings whose violation is gone.
UPDATE data_consistency_alerts
SET
    status = 'resolved',
    resolved_at = :now,
    updated_at = :now,
    resolution_notes = :notes
WHERE id IN :ids
