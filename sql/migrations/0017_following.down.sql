-- 0017_following: forget parents and touched rows.
DROP TABLE IF EXISTS consistency_touched;
DROP TABLE IF EXISTS consistency_parents;
