-- installed_views: names of the views of this schema.
SELECT v.table_name AS name
FROM information_schema.views AS v
WHERE v.table_schema = DATABASE()
