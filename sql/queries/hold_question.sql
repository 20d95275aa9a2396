-- hold_question: a run holds a plan before people for a while, unless another one does.
UPDATE consistency_incidents
SET
    asked_by = :asked_by,
    asked_until = :until
WHERE
    id = :incident_id
    AND status = 'open'
    AND (asked_until IS NULL OR asked_until <= :now OR asked_by = :asked_by)
