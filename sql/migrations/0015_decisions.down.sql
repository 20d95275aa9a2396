-- 0015_decisions: take the table away again.
DROP TABLE IF EXISTS consistency_notes;
