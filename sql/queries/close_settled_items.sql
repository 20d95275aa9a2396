-- close_settled_items: open items whose finding is gone; items about a correction made stay for the person.
UPDATE manual_review_queue AS q
INNER JOIN data_consistency_alerts AS a ON q.fingerprint = a.fingerprint
SET
    q.status = 'resolved',
    q.resolved_at = :now,
    q.updated_at = :now,
    q.resolution_notes = 'The finding disappeared.'
WHERE
    q.status IN ('pending', 'in_progress')
    AND a.status IN ('resolved', 'corrected')
