-- schema_version: the last step that was taken.
SELECT m.version_num AS version
FROM consistency_migrations AS m
