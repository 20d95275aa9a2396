-- consistency_incidents: as it was before.
ALTER TABLE consistency_incidents
DROP COLUMN asked_until,
DROP COLUMN asked_by;
