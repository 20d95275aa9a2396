-- mark_incidents_told: a message names these incidents.
UPDATE consistency_incidents
SET notified_at = :now
WHERE id IN :ids
