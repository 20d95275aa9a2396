-- consistency_watermarks: a rule that could not be judged has a watermark of its own; that of the table has no rule.
ALTER TABLE consistency_watermarks
ADD COLUMN rule VARCHAR(100) NOT NULL DEFAULT '' AFTER table_name,
DROP PRIMARY KEY,
ADD PRIMARY KEY (table_name, rule);
