-- 0012_trigger_probe: take the table away again, and its trigger with it.
DROP TABLE IF EXISTS consistency_trigger_probe;
