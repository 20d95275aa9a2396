-- write_marker: declare the schema to be ours; a declaration made once stays.
INSERT INTO consistency_marker (id, environment, created_at)
VALUES (1, :environment, :now)
ON DUPLICATE KEY UPDATE id = VALUES(id)
