-- end_findings: findings that a person has accepted or dismissed; they are nobody's question any more.
UPDATE data_consistency_alerts
SET
    status = :status,
    resolved_at = :now,
    updated_at = :now,
    resolution_notes = :notes
WHERE id IN :ids
