-- authority: the audit does not say by what right a row was changed.
ALTER TABLE consistency_corrections
DROP COLUMN authority;
