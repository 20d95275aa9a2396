-- installed_views: names of the views of this schema, and their text as far as this account may see it.
SELECT
    v.table_name AS name,
    v.view_definition AS text
FROM information_schema.views AS v
WHERE v.table_schema = DATABASE()
