-- decide_incident: the decision of a person; the row count says whether it was still open.
UPDATE consistency_incidents
SET
    status = :status,
    decided_at = :now,
    decided_by = :actor
WHERE
    id = :incident_id
    AND status = 'open'
