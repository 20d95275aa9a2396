-- move_incident: where an incident stands after a transition; it was locked and judged before.
UPDATE consistency_incidents
SET
    status = :status,
    decided_at = COALESCE(:decided_at, decided_at),
    decided_by = COALESCE(:decided_by, decided_by),
    applied_by = COALESCE(:applied_by, applied_by),
    last_seen_at = :now
WHERE id = :incident_id
