-- consistency_incidents: which run of the scheduler holds a plan before people, and until when: two runs never ask the same
-- question, and one that died asks no longer.
ALTER TABLE consistency_incidents
ADD COLUMN asked_by VARCHAR(191) NULL,
ADD COLUMN asked_until DATETIME(6) NULL;
