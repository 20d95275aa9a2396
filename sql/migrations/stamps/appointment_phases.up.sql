-- appointment_phases: an invisible, database-maintained change time; rows that exist already get an old one, new ones their own.
ALTER TABLE appointment_phases
ADD COLUMN consistency_changed_at TIMESTAMP(6) NOT NULL DEFAULT '1970-01-02 00:00:00.000000' INVISIBLE,
ADD INDEX consistency_changed_at_index (consistency_changed_at);

ALTER TABLE appointment_phases
MODIFY COLUMN consistency_changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
ON UPDATE CURRENT_TIMESTAMP(6) INVISIBLE;
