-- drop_marker: the schema is no longer ours.
DROP TABLE IF EXISTS consistency_marker
