-- see_incident: an incident lasts; what it asks for stays as it was opened.
UPDATE consistency_incidents
SET
    last_seen_at = :now,
    detail = :detail
WHERE id = :incident_id
