-- settled_items: open questions whose finding is settled; confirmations of a correction stay for the person.
SELECT q.id
FROM manual_review_queue AS q
INNER JOIN data_consistency_alerts AS a ON q.fingerprint = a.fingerprint
WHERE
    q.status IN ('pending', 'in_progress')
    AND q.kind = 'question'
    AND a.status IN ('resolved', 'corrected', 'accepted', 'dismissed')
ORDER BY q.id
LIMIT :batch
