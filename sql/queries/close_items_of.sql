-- close_items_of: questions that no longer arise.
UPDATE manual_review_queue
SET
    status = 'resolved',
    resolved_at = :now,
    updated_at = :now,
    resolution_notes = :notes
WHERE
    fingerprint IN :fingerprints
    AND status IN ('pending', 'in_progress')
