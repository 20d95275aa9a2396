-- consistency_watermarks: one watermark a table again.
DELETE FROM consistency_watermarks
WHERE rule <> '';

ALTER TABLE consistency_watermarks
DROP PRIMARY KEY,
ADD PRIMARY KEY (table_name),
DROP COLUMN rule;
